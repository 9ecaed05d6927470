// Requests that are answered by their heads, and bodies that go to a sink, over HTTP/1.1.
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <mutex>

#include "server/net/body_memory.h"
#include "server/net/http_server.h"

namespace millrace::net {
namespace {

namespace asio = boost::asio;

// What the sink of a request is given, and when it has enough.
struct Seen {
  std::mutex mutex;
  std::vector<std::size_t> pieces;
  std::string bytes;
  std::size_t enough = SIZE_MAX;
  bool wanted = true;
};

class TestSink final : public BodySink {
 public:
  explicit TestSink(Seen& seen) : seen_(seen) {}
  asio::awaitable<bool> open() override { co_return seen_.wanted; }
  asio::awaitable<bool> write(std::string piece) override {
    const std::lock_guard lock(seen_.mutex);
    seen_.pieces.push_back(piece.size());
    seen_.bytes += piece;
    co_return seen_.bytes.size() < seen_.enough;
  }

 private:
  Seen& seen_;
};

// /refused is answered by its head; all else goes to the sink, and is answered with its size.
class SinkHandler final : public Handler {
 public:
  class Way final : public Exchange {
   public:
    Way(SinkHandler& handler, HttpRequest head) : handler_(handler), request_(std::move(head)) {
      max_body = 8 << 20;
      if (request_.target == "/refused")
        answer = text(403, "refused");
      else
        sink_ = std::make_unique<TestSink>(handler_.seen);
    }
    HttpRequest& request() override { return request_; }
    BodySink* sink() override { return sink_.get(); }
    HttpResponse unread(Unread why) override { return text(why == Unread::too_large ? 413 : 503, "unread"); }
    asio::awaitable<HttpResponse> handle() override {
      co_return text(200, std::to_string(handler_.seen.bytes.size()));
    }

   private:
    static HttpResponse text(unsigned status, std::string body) {
      HttpResponse response;
      response.status = status;
      response.body = std::move(body);
      return response;
    }
    SinkHandler& handler_;
    HttpRequest request_;
    std::unique_ptr<TestSink> sink_;
  };

  std::unique_ptr<Exchange> begin(HttpRequest head, const Peer&) override {
    return std::make_unique<Way>(*this, std::move(head));
  }

  Seen seen;
};

class BodySinkTest : public testing::Test {
 protected:
  BodySinkTest() : server(threads, probes, options()) {
    threads.start();
    server.start();
  }
  ~BodySinkTest() override {
    server.stop(std::chrono::seconds(30));
    EXPECT_TRUE(server.join(std::chrono::seconds(30)));
    threads.stop();
  }
  ServerOptions options() {
    ServerOptions out;
    out.listeners.front().handler = &handler;
    return out;
  }
  // Sends it and reads up to the end of the connection.
  std::string ask(const std::string& request) {
    asio::ip::tcp::iostream client("127.0.0.1", std::to_string(server.port()));
    client.expires_after(std::chrono::seconds(30));
    client << request << std::flush;
    return {std::istreambuf_iterator<char>(client), std::istreambuf_iterator<char>()};
  }
  static std::string put(const std::string& target, const std::string& headers, const std::string& body) {
    return "PUT " + target + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
  }
  static std::string sized(const std::string& body) {
    return "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  static constexpr const char* kLast = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  SinkHandler handler;
  Probes probes;
  IoThreads threads{1};
  HttpServer server;
};

std::string varied(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i % 23);
  return out;
}

TEST_F(BodySinkTest, ABodyComesInPiecesAndTheConnectionGoesOn) {
  const std::string body = varied((1 << 20) + 17);
  const std::string answers = ask(put("/", sized(body), body) + kLast);
  EXPECT_EQ(handler.seen.bytes, body);
  EXPECT_GT(handler.seen.pieces.size(), 3u);
  EXPECT_LE(*std::max_element(handler.seen.pieces.begin(), handler.seen.pieces.end()), BodyMemory::kPiece);
  EXPECT_NE(answers.find("\r\n\r\n1048593HTTP/1.1 200 OK"), std::string::npos) << answers;
}

TEST_F(BodySinkTest, ABodyInChunksComesInPiecesToo) {
  const std::string body = varied(1 << 20);
  const std::string chunks =
      "40000\r\n" + body.substr(0, 0x40000) + "\r\nC0000\r\n" + body.substr(0x40000) + "\r\n0\r\n\r\n";
  const std::string answers = ask(put("/", "Transfer-Encoding: chunked\r\n", chunks) + kLast);
  EXPECT_EQ(handler.seen.bytes, body);
  EXPECT_LE(*std::max_element(handler.seen.pieces.begin(), handler.seen.pieces.end()), BodyMemory::kPiece);
  EXPECT_NE(answers.find("\r\n\r\n1048576HTTP/1.1 200 OK"), std::string::npos) << answers;
}

TEST_F(BodySinkTest, ASinkThatHasEnoughEndsTheConnectionBehindTheAnswer) {
  handler.seen.enough = 1;
  const std::string answers = ask(put("/", "Content-Length: 8000000\r\n", varied(1 << 20)));
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n")) << answers;
  EXPECT_NE(answers.find("\r\nConnection: close\r\n"), std::string::npos) << answers;
  EXPECT_EQ(handler.seen.pieces.size(), 1u);
}

TEST_F(BodySinkTest, ABodyThatIsNotWantedIsNotAskedFor) {
  handler.seen.wanted = false;
  const std::string answers = ask(put("/", "Content-Length: 8000000\r\nExpect: 100-continue\r\n", ""));
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 OK\r\n")) << answers;
  EXPECT_TRUE(handler.seen.pieces.empty());
}

TEST_F(BodySinkTest, ARequestThatItsHeadAnswersIsNotRead) {
  const std::string answers = ask(put("/refused", "Content-Length: 8000000\r\n", "x"));
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answers;
  EXPECT_NE(answers.find("\r\nConnection: close\r\n"), std::string::npos) << answers;
  EXPECT_TRUE(handler.seen.pieces.empty());
}

TEST_F(BodySinkTest, WithoutABodySuchAnAnswerLeavesTheConnection) {
  const std::string answers = ask("GET /refused HTTP/1.1\r\nHost: x\r\n\r\n" + std::string(kLast));
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 403 Forbidden\r\n")) << answers;
  EXPECT_NE(answers.find("\r\n\r\nrefusedHTTP/1.1 200 OK\r\n"), std::string::npos) << answers;
}

TEST_F(BodySinkTest, ABodyThatIsTooLargeIsRefusedInItsMidst) {
  const std::string chunk = "100000\r\n" + varied(0x100000) + "\r\n";
  std::string chunks;
  for (int n = 0; n < 9; ++n) chunks += chunk;
  const std::string answers = ask(put("/", "Transfer-Encoding: chunked\r\n", chunks));
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 413 ")) << answers;
}

}  // namespace
}  // namespace millrace::net
