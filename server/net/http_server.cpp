#include "server/net/http_server.h"

#include <sys/resource.h>

#include "server/log.h"
#include "server/start/crash_mark.h"

namespace millrace::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Descriptors that the log, the catalog, objects and functions need at least.
constexpr rlim_t kOwnDescriptors = 48;

// Each connection is a descriptor, and three quarters of what is there are for them.
unsigned possible_connections(unsigned wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const rlim_t rest = limit.rlim_cur > kOwnDescriptors ? limit.rlim_cur - kOwnDescriptors : 0;
  const rlim_t most = std::max<rlim_t>(rest / 4 * 3, 4);
  if (most >= wanted) return wanted;
  log::warning("max_connections_reduced", {{"from", wanted},
                                           {"to", static_cast<unsigned>(most)},
                                           {"reason", "the limit of open files (ulimit -n) is too low"}});
  return static_cast<unsigned>(most);
}

}  // namespace

struct HttpServer::Lane {
  explicit Lane(asio::io_context& c) : context(c), timer(c) {}
  asio::io_context& context;
  std::list<Connection*> connections;  // owned by their coroutines
  asio::steady_timer timer;
};

class HttpServer::Counted final : public Handler {
 public:
  Counted(Handler& inner, Probes& probes, const char* version)
      : inner_(inner),
        requests_(probes.counter("millrace_http_requests_total",
                                 "Requests whose header was received, by HTTP version",
                                 {{"version", version}})) {}

  [[nodiscard]] std::unique_ptr<Exchange> begin(HttpRequest head) override {
    requests_.add();
    return inner_.begin(std::move(head));
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
  for (const auto& context : contexts_)
    threads_.emplace_back([&c = *context] {
      const SignalStack signals;
      c.run();
    });
}

void IoThreads::stop() {
  work_.clear();
  for (const auto& context : contexts_) context->stop();
  for (std::thread& t : threads_) t.join();
  threads_.clear();
}

HttpServer::HttpServer(IoThreads& threads, Handler& handler, Probes& probes, ServerOptions options)
    : options_(std::move(options)),
      max_connections_(possible_connections(options_.max_connections)),
      memory_(options_.body_memory),
      clients_(std::make_shared<Clients>(memory_, max_connections_ - max_connections_ / 8)),
      http1_(std::make_unique<Counted>(handler, probes, "1.1")),
      http2_(std::make_unique<Counted>(handler, probes, "2")),
      services_{*http1_, *http2_, options_.limits, files_, options_.tls},
      acceptor_(threads.context(0)),
      open_gauge_(probes.gauge("millrace_http_connections", "Open connections")),
      accepted_(probes.counter("millrace_http_connections_total", "Connections accepted")),
      refused_(probes.counter("millrace_http_connections_refused_total",
                              "Connections closed because their client address had too many")),
      without_memory_(probes.counter("millrace_memory_budget_refused_total",
                                     "Requests rejected because no memory became available in time")),
      probes_(probes) {
  for (std::size_t i = 0; i < threads.size(); ++i)
    lanes_.push_back(std::make_unique<Lane>(threads.context(i)));
  refresh_gauges();
}

HttpServer::~HttpServer() = default;

void HttpServer::refresh_gauges() {
  static constexpr std::array<const char*, MemoryBudget::kParts> kParts{"small", "prefix", "made", "body",
                                                                        "answer"};
  const MemoryBudget::Use use = memory_.use();
  for (std::size_t i = 0; i < kParts.size(); ++i)
    probes_
        .gauge("millrace_memory_budget_used_bytes",
               "Memory used by requests and responses, by part of the budget", {{"part", kParts[i]}})
        .set(static_cast<double>(use.bytes[i]));
  probes_.gauge("millrace_memory_budget_bytes", "Memory limit of requests and responses")
      .set(static_cast<double>(memory_.bytes()));
  probes_.gauge("millrace_memory_budget_waiting", "Requests waiting for memory")
      .set(static_cast<double>(use.waiting));
  without_memory_.add(memory_.take_refused());
}

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
    if (open_ >= max_connections_) {
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
    accepted(lane, std::move(socket));
  }
}

void HttpServer::accepted(Lane& lane, tcp::socket socket) {
  error_code gone;
  const tcp::endpoint peer = socket.remote_endpoint(gone);
  if (gone) return;
  std::optional<Clients::Slot> place = clients_->enter(peer.address());
  if (!place) return refused_.add();
  ++open_;
  accepted_.add();
  open_gauge_.add(1);
  asio::co_spawn(lane.context, serve(lane, std::move(socket), std::move(*place)), asio::detached);
}

asio::awaitable<void> HttpServer::serve(Lane& lane, tcp::socket socket, Clients::Slot client) {
  {
    const Clients::Slot here = std::move(client);
    PortConnection connection(std::move(socket), services_, here.memory());
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
    log::warning("shutdown_timeout", {{"waiting_for", "connections"}, {"aborted", open_.load()}});
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
