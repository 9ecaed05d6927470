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

std::string text_of(const std::string& address, std::uint16_t port) {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
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

  [[nodiscard]] std::unique_ptr<Exchange> begin(HttpRequest head, const Peer& peer) override {
    requests_.add();
    return inner_.begin(std::move(head), peer);
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

struct HttpServer::Listener {
  Listener(HttpServer& server, asio::io_context& context, const ListenerOptions& o)
      : options(o),
        http1(*o.handler, server.probes_, "1.1"),
        http2(*o.handler, server.probes_, "2"),
        services{http1,          http2,   server.options_.limits, server.files_,
                 o.tls,          o.plain, *server.clients_,       server.options_.proxies,
                 server.refused_},
        acceptor(context) {}

  const ListenerOptions& options;
  Counted http1, http2;
  const PortServices services;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
};

HttpServer::HttpServer(IoThreads& threads, Probes& probes, ServerOptions options)
    : options_(std::move(options)),
      max_connections_(possible_connections(options_.max_connections)),
      memory_(options_.body_memory),
      clients_(std::make_shared<Clients>(memory_, max_connections_ - max_connections_ / 8)),
      open_gauge_(probes.gauge("millrace_http_connections", "Open connections")),
      accepted_(probes.counter("millrace_http_connections_total", "Connections accepted")),
      refused_(probes.counter("millrace_http_connections_refused_total",
                              "Connections closed because their client address had too many")),
      outside_(probes.counter("millrace_http_connections_outside_total",
                              "Connections closed because the listener does not accept their network")),
      without_memory_(probes.counter("millrace_memory_budget_refused_total",
                                     "Requests rejected because no memory became available in time")),
      probes_(probes) {
  for (std::size_t i = 0; i < threads.size(); ++i)
    lanes_.push_back(std::make_unique<Lane>(threads.context(i)));
  for (const ListenerOptions& listener : options_.listeners)
    listeners_.push_back(std::make_unique<Listener>(*this, threads.context(0), listener));
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
  for (const auto& listener : listeners_) {
    const ListenerOptions& o = listener->options;
    try {
      const tcp::endpoint endpoint(asio::ip::make_address(o.address), o.port);
      listener->acceptor.open(endpoint.protocol());
      listener->acceptor.set_option(tcp::acceptor::reuse_address(true));
      listener->acceptor.bind(endpoint);
      listener->acceptor.listen(1024);
      listener->port = listener->acceptor.local_endpoint().port();
    } catch (const boost::system::system_error& e) {
      throw std::runtime_error("cannot listen on " + text_of(o.address, o.port) + ": " + e.code().message());
    }
  }
  for (const auto& listener : listeners_)
    asio::co_spawn(listener->acceptor.get_executor(), accept_loop(*listener), asio::detached);
  for (const auto& lane : lanes_) asio::co_spawn(lane->context, watch_deadlines(*lane), asio::detached);
}

std::uint16_t HttpServer::port() const { return listeners_.front()->port; }

std::string HttpServer::endpoints() const {
  std::string out;
  for (const auto& listener : listeners_)
    out += (out.empty() ? "" : ", ") + text_of(listener->options.address, listener->port);
  return out;
}

asio::awaitable<void> HttpServer::accept_loop(Listener& listener) {
  tcp::acceptor& acceptor = listener.acceptor;
  asio::steady_timer pause(acceptor.get_executor());
  for (std::size_t i = 0; !stopping_; ++i) {
    error_code ec;
    if (open_ >= max_connections_) {
      pause.expires_after(std::chrono::milliseconds(10));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    Lane& lane = *lanes_[i % lanes_.size()];
    tcp::socket socket =
        co_await acceptor.async_accept(lane.context, asio::redirect_error(asio::use_awaitable, ec));
    if (stopping_) break;
    if (ec) {
      // Out of descriptors, mostly: others will be closed.
      log::warning("accept_failed", {{"reason", ec.message()}});
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    accepted(listener, lane, std::move(socket));
  }
}

void HttpServer::accepted(const Listener& listener, Lane& lane, tcp::socket socket) {
  error_code gone;
  const tcp::endpoint peer = socket.remote_endpoint(gone);
  if (gone) return;
  if (!listener.options.from.empty() && !listener.options.from.contains(peer.address()))
    return outside_.add();
  std::optional<Clients::Slot> place = clients_->enter(peer.address());
  if (!place) return refused_.add();
  ++open_;
  accepted_.add();
  open_gauge_.add(1);
  asio::co_spawn(lane.context, serve(listener, lane, std::move(socket), std::move(*place)), asio::detached);
}

asio::awaitable<void> HttpServer::serve(const Listener& listener, Lane& lane, tcp::socket socket,
                                        Clients::Slot client) {
  {
    PortConnection connection(std::move(socket), listener.services, std::move(client));
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
  asio::post(listeners_.front()->acceptor.get_executor(), [this] {
    error_code ignored;
    for (const auto& listener : listeners_) listener->acceptor.close(ignored);
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
