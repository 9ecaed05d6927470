// HTTP/2 without a socket: bytes in, events and bytes out.
#include "server/net/http2_session.h"

#include <gtest/gtest.h>

namespace millrace::net {
namespace {

using namespace std::literals;

// Answers every request at once.
class Answering final : public Http2Session::Events {
 public:
  void on_head(std::shared_ptr<Http2Stream> stream) override {
    targets.push_back(stream->request.target);
    stream->max_body = 100;
    if (stream->whole) return answer(*stream);
    session->accept_body(*stream, 100);
  }
  void on_body(Http2Stream& stream) override {
    if (!stream.whole || stream.request.method.empty()) return;
    bodies.push_back(stream.request.body);
    if (stream.max_body == 100) answer(stream);
  }
  void on_piece_sent(Http2Stream&) override {}
  void on_closed(Http2Stream&) override { ++closed; }

  void answer(Http2Stream& stream) const {
    HttpResponse response;
    response.headers.add("X-Test", " value ");
    response.headers.add("Connection", "close");
    response.body = std::string("answer");
    session->answer(stream, std::move(response));
  }

  Http2Session* session = nullptr;
  std::vector<std::string> targets, bodies;
  int closed = 0;
};

class Http2SessionTest : public testing::Test {
 protected:
  Http2SessionTest() { events.session = &session; }

  static constexpr std::string_view kBegin =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
      "\0\0\0\4\0\0\0\0\0"sv;
  static constexpr std::size_t kPostHead = 18;
  // GET /a, and POST /b with the body "body".
  static constexpr std::string_view kGet = "\0\0\x9\1\5\0\0\0\1\x82\x86\4\2/a\1\1x"sv;
  static constexpr std::string_view kPost = "\0\0\x9\1\4\0\0\0\3\x83\x86\4\2/b\1\1x\0\0\4\0\1\0\0\0\3body"sv;

  std::string output() {
    std::string out;
    session.fill(out);
    return out;
  }

  Answering events;
  const ConnectionLimits limits{};
  Http2Session session{events, limits};
};

TEST_F(Http2SessionTest, RequestsAreSeenInWhateverPiecesTheyCome) {
  const std::string all = std::string(kBegin) + std::string(kGet) + std::string(kPost);
  for (const char c : all) ASSERT_TRUE(session.receive({&c, 1}));
  EXPECT_EQ(events.targets, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(events.bodies.back(), "body");
  const std::string out = output();
  EXPECT_EQ(events.closed, 2);
  EXPECT_NE(out.find("answer"), out.rfind("answer"));
  EXPECT_TRUE(session.streams().empty());
  EXPECT_FALSE(session.finished());
}

TEST_F(Http2SessionTest, GoingAwayFinishesWhatIsThere) {
  ASSERT_TRUE(session.receive(kBegin));
  ASSERT_TRUE(session.receive(kPost.substr(0, kPostHead)));
  session.go_away();
  output();
  EXPECT_FALSE(session.finished());
  ASSERT_TRUE(session.receive(kPost.substr(kPostHead)));
  EXPECT_NE(output().find("answer"), std::string::npos);
  EXPECT_TRUE(session.finished());
}

TEST_F(Http2SessionTest, AStreamThatStallsIsReset) {
  ASSERT_TRUE(session.receive(kBegin));
  ASSERT_TRUE(session.receive(kPost.substr(0, kPostHead)));
  output();
  session.check_deadlines(std::chrono::steady_clock::now() + limits.idle_timeout + 1s);
  EXPECT_EQ(output(), "\0\0\4\3\0\0\0\0\3\0\0\0\x8"sv);
  EXPECT_EQ(events.closed, 1);
}

TEST_F(Http2SessionTest, WhatIsNoHttp2EndsWithGoAway) {
  EXPECT_FALSE(session.receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_NE(output().find("\7\0\0\0\0\0"sv), std::string::npos);
  EXPECT_TRUE(session.finished());
}

TEST_F(Http2SessionTest, ThereIsNoMoreOutputAtOnceThanIsAsked) {
  ASSERT_TRUE(session.receive(kBegin));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(session.receive("\0\0\x8\6\0\0\0\0\0ABCDEFGH"sv));
  EXPECT_GE(session.queued(), 200u);
  while (!output().empty()) {
  }
  EXPECT_EQ(session.queued(), 0u);
}

}  // namespace
}  // namespace millrace::net
