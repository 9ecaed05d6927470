// A server whose handler answers by path, for tests of the wires alone.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio.hpp>

#include "server/net/http_server.h"
#include "server/net/whole_requests.h"

namespace millrace::net {

// /pieces: "piece 0\n", "piece 1\n", ... as many as the query says; /blocks: the same, each of
// kBlockBytes; /forever: one piece, then none and no end;
// /throws: one piece, then breaks; /size: as many letters as the query says; /echo: the request.
class TestHandler final : public WholeRequests {
 public:
  static constexpr std::size_t kBlockBytes = 64 << 10;

  [[nodiscard]] std::uint64_t max_body(const HttpRequest&) const override { return 10 << 20; }
  [[nodiscard]] HttpResponse too_large(const HttpRequest&) override;
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle(HttpRequest request) override;

  std::atomic<unsigned> made = 0;       // pieces, of all streams
  std::atomic<unsigned> waiting = 0;    // waits for a piece that began
  std::atomic<unsigned> cancelled = 0;  // and that ended
  std::atomic<unsigned> open = 0;       // streams that were not destroyed
};

class ServerTest : public testing::Test {
 protected:
  using Client = boost::asio::ip::tcp::iostream;

  // Starts the server; without a call the tests have none.
  void serve(ServerOptions options = {});
  void TearDown() override;
  // Stops the server as SIGTERM does; false when requests outlast the grace.
  [[nodiscard]] bool stop(std::chrono::steady_clock::duration grace = std::chrono::seconds(30));
  // A client that has sent `request`.
  [[nodiscard]] std::unique_ptr<Client> ask(const std::string& request);
  // What comes until the connection ends.
  static std::string read_all(Client& client);
  // Waits until `condition` is true; fails the test at the deadline.
  static void wait_until(const std::function<bool()>& condition);

  TestHandler handler;
  Probes probes;
  std::unique_ptr<IoThreads> threads;
  std::unique_ptr<HttpServer> server;
};

}  // namespace millrace::net
