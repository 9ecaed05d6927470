// The server's side of an HTTP/2 connection without its socket: takes the bytes that came, says what requests
// they hold, and makes the bytes that go out. nghttp2 does the framing, the compression of heads and flow
// control.
//
// A peer's demands are bounded: open streams, the heads that they hold, frames that wait to be sent, streams
// that are given up half-way, continuations of a head. What of a body comes unasked fits a stream's first
// window; more comes only after `accept_body`.
#pragma once

#include <nghttp2/nghttp2.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "server/net/connection.h"
#include "server/net/http2_stream.h"

namespace millrace::net {

class Http2Session {
 public:
  // What of a body a peer may send unasked, in bytes (RFC 9113, 6.9.2: the window until it is told
  // otherwise).
  static constexpr std::uint64_t kFirstWindow = 65535;
  static constexpr std::uint32_t kMaxStreams = 128;

  // Called out of `receive`, `fill` and `close_all`; may call anything of the session but these.
  class Events {
   public:
    virtual ~Events() = default;
    // A request's head is there. Shared: who answers it may keep it after it is closed, but not longer than
    // the session lives.
    virtual void on_head(std::shared_ptr<Http2Stream> stream) = 0;
    // The body is whole, too large or without memory, or more of it has come than `tell_above`.
    virtual void on_body(Http2Stream& stream) = 0;
    // The last piece was sent.
    virtual void on_piece_sent(Http2Stream& stream) = 0;
    // The stream was answered, or given up by either side; not `open` any more.
    virtual void on_closed(Http2Stream& stream) = 0;
  };

  Http2Session(Events& events, const ConnectionLimits& limits);
  Http2Session(const Http2Session&) = delete;
  ~Http2Session();

  // Takes what came, HTTP/2's preface first. false: it was nothing that the connection could go on after; it
  // is to be closed when the rest of the output was sent.
  [[nodiscard]] bool receive(std::string_view bytes);
  // Appends what is to be sent, some 64 KiB at most; nothing when there is nothing now.
  void fill(std::string& out);
  // Nothing more will come out or is of interest coming in.
  [[nodiscard]] bool finished() const;
  // Frames that wait to be sent, but for bodies. The caller stops receiving while these are many.
  [[nodiscard]] std::size_t queued() const;
  [[nodiscard]] const std::map<std::int32_t, std::shared_ptr<Http2Stream>>& streams() const {
    return streams_;
  }

  // Says "100 Continue" if the peer waits for that.
  void invite_body(Http2Stream& stream);
  // Lets the peer send the rest of the stream's body, of `bytes` in all if that many.
  void accept_body(Http2Stream& stream, std::uint64_t bytes);
  // Lets the peer send more of the body, so that no more than `bytes` have come and were not passed.
  void accept_pieces(Http2Stream& stream, std::uint64_t bytes);
  // What has come of the body, for a sink; it counts until `piece_passed`.
  [[nodiscard]] std::string take_piece(Http2Stream& stream);
  void piece_passed(Http2Stream& stream, std::uint64_t bytes);
  // Of the body that still comes nothing is of interest.
  void discard_body(Http2Stream& stream);
  // Sends an answer, and its body when that is text. The body of another follows by `give_piece`
  // and `end_body`. What of the request has not come yet is not read any more.
  void answer(Http2Stream& stream, HttpResponse response);
  // Called when there is no other piece that was not sent.
  void give_piece(Http2Stream& stream, std::string piece);
  void end_body(Http2Stream& stream);
  // `error`: of nghttp2_error_code.
  void reset(Http2Stream& stream, std::uint32_t error);
  // Takes no more requests; those at hand are answered, then the session is finished.
  void go_away();
  // The connection has ended, and so have all streams.
  void close_all();
  // Gives up streams whose peer is too slow.
  void check_deadlines(std::chrono::steady_clock::time_point now);

 private:
  struct Callbacks;

  void on_begin(std::int32_t id);
  void on_field(Http2Stream& stream, std::string_view name, std::string_view value);
  void on_head(Http2Stream& stream);
  void on_data(Http2Stream& stream, std::string_view data);
  void on_end(Http2Stream& stream);
  void on_close(std::int32_t id, std::uint32_t error);
  ssize_t next_part(Http2Stream& stream, std::size_t most, std::uint32_t& flags);
  int send_part(Http2Stream& stream, const std::uint8_t* frame_head, std::size_t bytes);
  [[nodiscard]] Http2Stream* find(std::int32_t id) const;

  Events& events_;
  const ConnectionLimits& limits_;
  nghttp2_session* session_ = nullptr;
  std::size_t held_head_bytes_ = 0;  // of streams that live
  std::map<std::int32_t, std::shared_ptr<Http2Stream>> streams_;
  std::string* out_ = nullptr;                 // what `fill` fills
  std::uint64_t answered_ = 0, given_up_ = 0;  // streams closed
  bool broken_ = false;
};

}  // namespace millrace::net
