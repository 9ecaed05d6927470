#include "server/net/http_server.h"

#include "server/log.h"

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct HttpServer::Lane {
  Lane(asio::io_context& c, std::uint64_t memory) : context(c), budget(c, memory), timer(c) {}
  asio::io_context& context;
  MemoryBudget budget;
  std::list<Connection*> connections;  // owned by their coroutines
  asio::steady_timer timer;
};

class HttpServer::Counted final : public Handler {
 public:
  Counted(Handler& inner, Probes& probes, const char* version)
      : inner_(inner),
        requests_(probes.counter("millrace_http_requests_total", "Requests read whole, by HTTP version",
                                 {{"version", version}})) {}

  [[nodiscard]] std::uint64_t max_body(const HttpRequest& head) const override {
    return inner_.max_body(head);
  }
  [[nodiscard]] HttpResponse too_large(const HttpRequest& head) override { return inner_.too_large(head); }
  [[nodiscard]] std::uint64_t answer_memory(const HttpRequest& head) const override {
    return inner_.answer_memory(head);
  }
  [[nodiscard]] HttpResponse overloaded(const HttpRequest& head) override { return inner_.overloaded(head); }
  [[nodiscard]] asio::awaitable<HttpResponse> handle(HttpRequest request) override {
    requests_.add();
    return inner_.handle(std::move(request));
  }

 private:
  Handler& inner_;
  Counter& requests_;
};

IoThreads::IoThreads(unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    work_.emplace_back(contexts_.back()->get_executor());
  }
}

IoThreads::~IoThreads() { stop(); }

void IoThreads::start() {
  for (const auto& context : contexts_) threads_.emplace_back([&c = *context] { c.run(); });
}

void IoThreads::stop() {
  work_.clear();
  for (const auto& context : contexts_) context->stop();
  for (std::thread& t : threads_) t.join();
  threads_.clear();
}

HttpServer::HttpServer(IoThreads& threads, Handler& handler, Probes& probes, ServerOptions options)
    : options_(std::move(options)),
      http1_(std::make_unique<Counted>(handler, probes, "1.1")),
      http2_(std::make_unique<Counted>(handler, probes, "2")),
      services_{*http1_, *http2_, options_.limits, options_.tls},
      acceptor_(threads.context(0)),
      open_gauge_(probes.gauge("millrace_http_connections", "Open connections")),
      accepted_(probes.counter("millrace_http_connections_total", "Connections accepted")) {
  for (std::size_t i = 0; i < threads.size(); ++i)
    lanes_.push_back(std::make_unique<Lane>(threads.context(i), options_.body_memory / threads.size()));
}

HttpServer::~HttpServer() = default;

void HttpServer::start() {
  const tcp::endpoint endpoint(asio::ip::make_address(options_.address), options_.port);
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(1024);
  port_ = acceptor_.local_endpoint().port();
  asio::co_spawn(acceptor_.get_executor(), accept_loop(), asio::detached);
  for (const auto& lane : lanes_) asio::co_spawn(lane->context, watch_deadlines(*lane), asio::detached);
}

std::string HttpServer::endpoint() const {
  const auto address = asio::ip::make_address(options_.address);
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port_);
}

asio::awaitable<void> HttpServer::accept_loop() {
  asio::steady_timer pause(acceptor_.get_executor());
  for (std::size_t i = 0; !stopping_; ++i) {
    error_code ec;
    if (open_ >= options_.max_connections) {
      pause.expires_after(std::chrono::milliseconds(10));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    Lane& lane = *lanes_[i % lanes_.size()];
    tcp::socket socket =
        co_await acceptor_.async_accept(lane.context, asio::redirect_error(asio::use_awaitable, ec));
    if (stopping_) break;
    if (ec) {
      // Out of descriptors, mostly: others will be closed.
      log::warning("accept_failed", {{"reason", ec.message()}});
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    ++open_;
    accepted_.add();
    open_gauge_.add(1);
    asio::co_spawn(lane.context, serve(lane, std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> HttpServer::serve(Lane& lane, tcp::socket socket) {
  {
    PortConnection connection(std::move(socket), services_, lane.budget);
    const auto place = lane.connections.insert(lane.connections.end(), &connection);
    if (stopping_) connection.stop();
    try {
      co_await connection.run();
    } catch (const std::exception& e) {
      log::error("connection_failed", {{"reason", e.what()}});
    }
    lane.connections.erase(place);
  }
  open_gauge_.add(-1);
  --open_;
}

asio::awaitable<void> HttpServer::watch_deadlines(Lane& lane) {
  // While stopping, too: what is in flight then is no less slow.
  while (!stopping_ || !lane.connections.empty()) {
    error_code ec;
    lane.timer.expires_after(std::chrono::seconds(1));
    co_await lane.timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    const auto now = std::chrono::steady_clock::now();
    for (Connection* c : lane.connections) c->check_deadline(now);
  }
}

void HttpServer::stop(std::chrono::steady_clock::duration grace) {
  if (stopping_.exchange(true)) return;
  asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
  });
  const auto each_connection = [this](void (Connection::*what)()) {
    for (const auto& lane : lanes_)
      asio::post(lane->context, [&l = *lane, what] {
        for (Connection* c : l.connections) (c->*what)();
        l.timer.cancel();
      });
  };
  each_connection(&Connection::stop);
  if (!join(grace)) {
    log::warning("connections_closed_in_flight", {{"count", open_.load()}});
    each_connection(&Connection::abort);
  }
}

bool HttpServer::join(std::chrono::steady_clock::duration patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (open_ > 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  return open_ == 0;
}

}  // namespace millrace::net
