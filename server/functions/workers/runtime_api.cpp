#include "server/functions/workers/runtime_api.h"

#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Runtimes put whole stacks into a header (Lambda-Runtime-Function-XRay-Error-Cause, up to 1 MiB).
constexpr std::uint32_t kMaxHeadBytes = 2 << 20;
constexpr unsigned kMaxConnections = 8;

}  // namespace

RuntimeApi::RuntimeApi(asio::io_context& context, Admits admits, std::function<void()> changed)
    : context_(context),
      memory_(net::MemoryBudget(4 * kMaxResponseBytes).peer()),
      admits_(std::move(admits)),
      changed_(std::move(changed)),
      limits_{kMaxHeadBytes, std::chrono::seconds(60)},
      acceptor_(context),
      calls_(context, changed_) {}

error_code RuntimeApi::listen() {
  error_code ec;
  const tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
  acceptor_.open(here.protocol(), ec);
  if (!ec) acceptor_.bind(here, ec);
  if (!ec) acceptor_.listen(kMaxConnections, ec);
  if (ec) return ec;
  port_ = acceptor_.local_endpoint().port();
  ++running_;
  asio::co_spawn(context_, accept_loop(), asio::detached);
  return ec;
}

void RuntimeApi::close() {
  closing_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  calls_.close();
  for (net::Connection* c : connections_) c->abort();
}

asio::awaitable<void> RuntimeApi::accept_loop() {
  while (!closing_) {
    error_code ec;
    tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
    if (closing_) break;
    if (ec) {
      log::warning("runtime_api_accept_failed", {{"reason", ec.message()}});
      asio::steady_timer pause(context_, std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
      continue;
    }
    if (connections_.size() >= kMaxConnections) continue;  // closes it
    if (!admits_(socket)) {
      log::warning("runtime_api_connection_rejected", {{"port", port_}});
      continue;
    }
    ++running_;
    asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
  }
  --running_;
  changed_();
}

asio::awaitable<void> RuntimeApi::serve(tcp::socket socket) {
  {
    net::Http1Connection connection(std::make_unique<net::Transport>(std::move(socket)), calls_, memory_,
                                    limits_);
    const auto place = connections_.insert(connections_.end(), &connection);
    if (closing_) connection.abort();
    try {
      co_await connection.run();
    } catch (const std::exception& e) {
      log::error("runtime_api_failed", {{"reason", e.what()}});
    }
    connections_.erase(place);
  }
  --running_;
  changed_();
}

}  // namespace millrace::functions
