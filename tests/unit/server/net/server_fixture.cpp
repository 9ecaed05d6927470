#include "tests/unit/server/net/server_fixture.h"

#include "tests/unit/eventually.h"

namespace millrace::net {

namespace asio = boost::asio;

namespace {

class TestStream final : public BodyStream {
 public:
  enum class End { whole, never, failure };
  TestStream(TestHandler& handler, std::size_t pieces, End end, std::size_t least_bytes = 0)
      : handler_(handler), pieces_(pieces), end_(end), least_bytes_(least_bytes) {
    ++handler_.open;
  }
  ~TestStream() override { --handler_.open; }

  asio::awaitable<std::optional<std::string>> next() override {
    if (next_ < pieces_) {
      ++handler_.made;
      std::string piece = "piece " + std::to_string(next_++) + "\n";
      piece.resize(std::max(piece.size(), least_bytes_), '.');
      co_return piece;
    }
    if (end_ == End::whole) co_return std::nullopt;
    if (end_ == End::failure) throw std::runtime_error("broken");
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    boost::system::error_code ec;
    ++handler_.waiting;
    co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    ++handler_.cancelled;
    throw boost::system::system_error(ec);
  }

 private:
  TestHandler& handler_;
  const std::size_t pieces_;
  const End end_;
  const std::size_t least_bytes_;
  std::size_t next_ = 0;
};

}  // namespace

HttpResponse TestHandler::too_large(const HttpRequest&) {
  HttpResponse response;
  response.status = 413;
  response.body = "too large";
  return response;
}

asio::awaitable<HttpResponse> TestHandler::handle(HttpRequest request) {
  HttpResponse response;
  const std::size_t number = std::strtoul(std::string(request.query()).c_str(), nullptr, 10);
  if (request.path() == "/pieces")
    response.body = std::make_unique<TestStream>(*this, number, TestStream::End::whole);
  else if (request.path() == "/blocks")
    response.body = std::make_unique<TestStream>(*this, number, TestStream::End::whole, kBlockBytes);
  else if (request.path() == "/forever")
    response.body = std::make_unique<TestStream>(*this, 1, TestStream::End::never);
  else if (request.path() == "/throws")
    response.body = std::make_unique<TestStream>(*this, 1, TestStream::End::failure);
  else if (request.path() == "/size")
    response.body = std::string(number, 'x');
  else
    response.body = request.method + " " + request.target + " " + std::to_string(request.body.size());
  co_return response;
}

void ServerTest::serve(ServerOptions options) {
  threads = std::make_unique<IoThreads>(1);
  for (ListenerOptions& listener : options.listeners) listener.handler = &handler;
  server = std::make_unique<HttpServer>(*threads, probes, std::move(options));
  threads->start();
  server->start();
}

void ServerTest::TearDown() {
  if (!server) return;
  EXPECT_TRUE(stop());
  threads->stop();
  EXPECT_EQ(handler.open, 0u);
}

bool ServerTest::stop(std::chrono::steady_clock::duration grace) {
  server->stop(grace);
  return server->join(std::chrono::seconds(30));
}

std::unique_ptr<ServerTest::Client> ServerTest::ask(const std::string& request) {
  auto client = std::make_unique<Client>("127.0.0.1", std::to_string(server->port()));
  client->expires_after(std::chrono::seconds(30));
  *client << request << std::flush;
  return client;
}

std::string ServerTest::read_all(Client& client) {
  return {std::istreambuf_iterator<char>(client), std::istreambuf_iterator<char>()};
}

void ServerTest::wait_until(const std::function<bool()>& condition) {
  ASSERT_TRUE(eventually(condition, std::chrono::seconds(30)));
}

}  // namespace millrace::net
