// How much of a request's body its peer may send, and when.
#include <algorithm>
#include <new>

#include "server/net/http2_session.h"

namespace millrace::net {

namespace {

// Spare capacity behind a body, for parsers that read in steps of a vector register.
constexpr std::size_t kBodyPadding = 64;
constexpr std::uint64_t kMaxStreamWindow = 4 << 20;

void check(int error) {
  if (nghttp2_is_fatal(error)) throw std::bad_alloc();  // the one fatal error of submitting
}

}  // namespace

void Http2Session::accept_body(Http2Stream& stream, std::uint64_t bytes) {
  if (!stream.open || stream.whole || stream.discarded) return;
  stream.accepted = true;
  // Memory of its size at once: the system gives it when it is written to.
  stream.request.body.reserve(bytes + kBodyPadding);
  stream.deadline.begin();
  const std::uint64_t window = std::clamp(bytes, kFirstWindow, kMaxStreamWindow);
  check(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, stream.id,
                                              static_cast<std::int32_t>(window)));
  check(nghttp2_session_consume_stream(session_, stream.id, stream.request.body.size()));
}

void Http2Session::accept_pieces(Http2Stream& stream, std::uint64_t bytes) {
  if (!stream.open || stream.whole || stream.discarded) return;
  stream.accepted = stream.in_pieces = true;
  stream.deadline.begin();
  const std::uint64_t window = std::clamp(bytes, kFirstWindow, kMaxStreamWindow);
  check(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, stream.id,
                                              static_cast<std::int32_t>(window)));
}

std::string Http2Session::take_piece(Http2Stream& stream) {
  stream.handed_on += stream.request.body.size();
  return std::exchange(stream.request.body, {});
}

void Http2Session::piece_passed(Http2Stream& stream, std::uint64_t bytes) {
  if (stream.open) check(nghttp2_session_consume_stream(session_, stream.id, bytes));
}

void Http2Session::discard_body(Http2Stream& stream) {
  stream.discarded = true;
  stream.request.body = std::string();
}

void Http2Session::invite_body(Http2Stream& stream) {
  if (!stream.open || stream.whole || !stream.request.body.empty()) return;
  if (!stream.expects_continue) return;
  static constexpr std::string_view kName = ":status", kValue = "100";
  const auto text = [](std::string_view t) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(t.data()));
  };
  const nghttp2_nv status{text(kName), text(kValue), kName.size(), kValue.size(), NGHTTP2_NV_FLAG_NONE};
  check(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, &status, 1, nullptr));
}

}  // namespace millrace::net
