// Bodies that are made while they are sent, over HTTP/1.
#include "tests/unit/server/net/server_fixture.h"

namespace millrace::net {
namespace {

using namespace std::chrono_literals;

std::string get(const std::string& target, const std::string& version = "1.1",
                const std::string& headers = "") {
  return "GET " + target + " HTTP/" + version + "\r\nHost: x\r\n" + headers + "\r\n";
}

class Http1StreamTest : public ServerTest {
 protected:
  // Reads up to the end of `text`.
  static void read_past(Client& client, const std::string& text) {
    std::string seen;
    for (char c; !seen.ends_with(text) && client.get(c);) seen += c;
    ASSERT_TRUE(seen.ends_with(text)) << seen;
  }
};

TEST_F(Http1StreamTest, APieceIsAChunkAndTheConnectionStays) {
  serve();
  const auto client = ask(get("/pieces?2") + get("/echo", "1.1", "Connection: close\r\n"));
  const std::string all = read_all(*client);
  EXPECT_NE(all.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\n\r\n8\r\npiece 0\n\r\n8\r\npiece 1\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"),
            std::string::npos)
      << all;
  EXPECT_TRUE(all.ends_with("GET /echo 0")) << all;
}

TEST_F(Http1StreamTest, AnOldClientGetsThePiecesUntilTheEndOfTheConnection) {
  serve();
  const auto client = ask(get("/pieces?2", "1.0", "Connection: keep-alive\r\n"));
  const std::string all = read_all(*client);
  EXPECT_EQ(all.find("Transfer-Encoding"), std::string::npos) << all;
  EXPECT_NE(all.find("\r\nConnection: close\r\n"), std::string::npos) << all;
  EXPECT_TRUE(all.ends_with("\r\n\r\npiece 0\npiece 1\n")) << all;
}

TEST_F(Http1StreamTest, HeadGetsNoPieces) {
  serve();
  const auto client = ask("HEAD /pieces?2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string all = read_all(*client);
  EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
  EXPECT_EQ(handler.made, 0u);
}

TEST_F(Http1StreamTest, TheBodyOfAStreamThatBreaksHasNoEnd) {
  serve();
  const auto client = ask(get("/throws"));
  EXPECT_TRUE(read_all(*client).ends_with("\r\n\r\n8\r\npiece 0\n\r\n"));
}

TEST_F(Http1StreamTest, WaitingEndsWhenThePeerGoes) {
  serve();
  const auto client = ask(get("/forever") + get("/echo"));  // what it sent ahead does not hide that it goes
  read_past(*client, "piece 0\n\r\n");
  wait_until([&] { return handler.waiting == 1; });
  client->close();
  wait_until([&] { return handler.cancelled == 1 && handler.open == 0; });
}

TEST_F(Http1StreamTest, WaitingEndsCleanlyWhenTheServerStops) {
  serve();
  const auto client = ask(get("/forever"));
  read_past(*client, "piece 0\n\r\n");
  wait_until([&] { return handler.waiting == 1; });
  EXPECT_TRUE(stop());
  EXPECT_EQ(read_all(*client), "0\r\n\r\n");
  EXPECT_EQ(handler.cancelled, 1u);
}

TEST_F(Http1StreamTest, WaitingForAPieceIsNoSilence) {
  ServerOptions options;
  options.limits.idle_timeout = 1s;
  serve(options);
  const auto waiting = ask(get("/forever"));
  read_past(*waiting, "piece 0\n\r\n");
  const auto silent = ask("");
  EXPECT_EQ(read_all(*silent), "");  // closed for its silence, while
  EXPECT_EQ(handler.cancelled, 0u);
  EXPECT_EQ(handler.open, 1u);
}

TEST_F(Http1StreamTest, AReaderThatDoesNotReadMakesNothingPileUpAndIsClosed) {
  ServerOptions options;
  options.limits.idle_timeout = 2s;
  serve(options);
  const auto client = ask(get("/blocks?10000"));
  wait_until([&] { return handler.open == 1; });
  wait_until([&] { return handler.open == 0; });
  EXPECT_LT(handler.made, 1'000u);
}

TEST_F(Http1StreamTest, AStreamHoldsNoneOfTheMemoryOfAnswers) {
  ServerOptions options;
  options.body_memory = 2 << 20;  // of which answers have the half: one at a time
  serve(options);
  const auto waiting = ask(get("/forever"));
  read_past(*waiting, "piece 0\n\r\n");
  const auto other = ask(get("/echo", "1.1", "Connection: close\r\n"));
  EXPECT_TRUE(read_all(*other).ends_with("GET /echo 0"));
}

}  // namespace
}  // namespace millrace::net
