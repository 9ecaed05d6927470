// Bodies that are made while they are sent, over HTTP/1.1 under TLS.
#include <unistd.h>

#include <boost/asio/ssl.hpp>

#include "server/net/certificate.h"
#include "tests/unit/server/net/server_fixture.h"

namespace millrace::net {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

// Waits for every step, up to a deadline.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port) {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_.async_handshake(asio::ssl::stream_base::client, [this](error_code ec) { done_ = !ec; });
    EXPECT_TRUE(finish());
  }

  void send(const std::string& text) {
    asio::async_write(stream_, asio::buffer(text), [this](error_code ec, std::size_t) { done_ = !ec; });
    EXPECT_TRUE(finish());
  }
  // Reads up to the end of `text`, which has to come.
  std::string read_past(const std::string& text) {
    std::string out;
    asio::async_read_until(stream_, asio::dynamic_buffer(buffer_), text, [&](error_code ec, std::size_t n) {
      done_ = !ec;
      out = buffer_.substr(0, n);
      buffer_.erase(0, n);
    });
    EXPECT_TRUE(finish()) << buffer_;
    return out;
  }
  // Reads to the end of the connection, which has to be said.
  std::string read_to_end() {
    asio::async_read(stream_, asio::dynamic_buffer(buffer_),
                     [this](error_code ec, std::size_t) { done_ = ec == asio::error::eof; });
    EXPECT_TRUE(finish()) << buffer_;
    return std::exchange(buffer_, {});
  }
  void close() { stream_.next_layer().close(); }

 private:
  bool finish() {
    context_.restart();
    context_.run_for(std::chrono::seconds(30));
    return std::exchange(done_, false);
  }

  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::ssl::stream<asio::ip::tcp::socket> stream_{context_, tls_};
  std::string buffer_;
  bool done_ = false;
};

class TlsStreamTest : public ServerTest {
 protected:
  void SetUp() override {
    tls_ = std::make_unique<TlsContexts>(self_signed(directory_, {}));
    ServerOptions options;
    options.listeners.front().tls = tls_.get();
    serve(options);
  }
  void TearDown() override {
    ServerTest::TearDown();
    fs::remove_all(directory_);
  }
  static std::string get(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

 private:
  const fs::path directory_ = fs::temp_directory_path() / ("millrace-tls-" + std::to_string(::getpid()));
  std::unique_ptr<TlsContexts> tls_;
};

TEST_F(TlsStreamTest, TheConnectionStaysAfterAStream) {
  TlsClient client(server->port());
  for (int i = 0; i < 100; ++i) {
    client.send(get("/pieces?2"));
    EXPECT_TRUE(client.read_past("\r\n0\r\n\r\n").ends_with("8\r\npiece 0\n\r\n8\r\npiece 1\n\r\n0\r\n\r\n"));
  }
  client.send(get("/pieces?1") + get("/echo"));
  client.read_past("GET /echo 0");
}

TEST_F(TlsStreamTest, LargePiecesComeWhole) {
  TlsClient client(server->port());
  client.send(get("/blocks?50"));
  EXPECT_GT(client.read_past("\r\n0\r\n\r\n").size(), 50 * TestHandler::kBlockBytes);
}

TEST_F(TlsStreamTest, WaitingEndsWhenThePeerGoes) {
  TlsClient client(server->port());
  client.send(get("/forever") + get("/echo"));
  client.read_past("piece 0\n\r\n");
  wait_until([&] { return handler.waiting == 1; });
  client.close();
  wait_until([&] { return handler.cancelled == 1 && handler.open == 0; });
}

TEST_F(TlsStreamTest, WaitingEndsCleanlyWhenTheServerStops) {
  TlsClient client(server->port());
  client.send(get("/forever"));
  client.read_past("piece 0\n\r\n");
  std::thread stopper([&] { EXPECT_TRUE(stop()); });
  EXPECT_EQ(client.read_to_end(), "0\r\n\r\n");
  client.close();
  stopper.join();
}

}  // namespace
}  // namespace millrace::net
