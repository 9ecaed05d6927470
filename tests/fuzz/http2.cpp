// HTTP/2 connections, as the server's side of one sees its bytes. The first byte is the size of the pieces
// they come in and how requests are answered; behind it come frames, after the preface and empty settings.
#include "server/net/http2_session.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;
using namespace millrace::net;
using namespace std::literals;

constexpr std::uint64_t kMaxBody = 1000;

// Is only asked who it is: the fuzzer gives the pieces.
class NoBody final : public BodyStream {
 public:
  boost::asio::awaitable<std::optional<std::string>> next() override { co_return std::nullopt; }
};

// Answers each request in one of the ways there are.
class Answering final : public Http2Session::Events {
 public:
  explicit Answering(unsigned way) : way_(way) {}

  void on_head(std::shared_ptr<Http2Stream> stream) override {
    stream->max_body = kMaxBody;
    if (stream->whole) return answer(*stream);
    if (way_ & 1) return session->reset(*stream, NGHTTP2_REFUSED_STREAM);
    session->accept_body(*stream, kMaxBody);
  }
  void on_body(Http2Stream& stream) override {
    fuzz::expect(stream.request.body.size() <= kMaxBody, "the limit of a body is kept");
    answer(stream);
  }
  void on_piece_sent(Http2Stream& stream) override { session->end_body(stream); }
  void on_closed(Http2Stream&) override {}

  Http2Session* session = nullptr;

 private:
  void answer(Http2Stream& stream) const {
    HttpResponse response;
    response.headers.add("X-Target", stream.request.target);
    if (way_ & 2) {
      response.body = std::make_unique<NoBody>();
      session->answer(stream, std::move(response));
      return session->give_piece(stream, "piece");
    }
    response.body = std::string("answer");
    session->answer(stream, std::move(response));
  }

  const unsigned way_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr ConnectionLimits kLimits{};
  const std::string all =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s.append(fuzz::view(data + 1, size - 1));
  Answering events(data[0] & 3u);
  Http2Session session(events, kLimits);
  events.session = &session;
  const std::size_t piece = (data[0] >> 2) + 1u;
  std::string out;
  std::string_view rest = all;
  while (!rest.empty() && session.receive(rest.substr(0, piece))) {
    rest.remove_prefix(std::min(piece, rest.size()));
    session.fill(out);
    fuzz::expect(session.streams().size() <= Http2Session::kMaxStreams, "the limit of streams is kept");
    if (session.finished()) break;
  }
  session.go_away();
  session.fill(out);
  session.close_all();
  return 0;
}
