// A worker's end of the Lambda Runtime API: HTTP/1.1 on a port of its own, so that a worker sees its own
// invocations and no others. Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
//
// Any process of the machine can reach the port. A secret in the API's address would have to be a path, which
// AWS's clients for Python (http.client.HTTPConnection(address)) and Node.js (address.split(":")) do not take
// in AWS_LAMBDA_RUNTIME_API, nor what stands between a function and the API as a proxy; so the owner says
// whose connections are admitted, by who holds the other end (peer.h).
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <list>

#include "server/functions/workers/runtime_calls.h"
#include "server/net/http1_connection.h"

namespace millrace::functions {

// Lives on the runner's io_context. `changed` is called, from there, whenever `phase` changes.
class RuntimeApi {
 public:
  using Phase = RuntimeCalls::Phase;

  // Whether a connection is the worker's own. Called once for each, before a byte of it is read.
  using Admits = std::function<bool(const boost::asio::ip::tcp::socket&)>;

  RuntimeApi(boost::asio::io_context& context, Admits admits, std::function<void()> changed);

  // Binds and listens on 127.0.0.1.
  [[nodiscard]] boost::system::error_code listen();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Phase phase() const { return calls_.phase(); }

  // Hands `event` to the runtime, which must be ready.
  void dispatch(Event event) { calls_.dispatch(std::move(event)); }
  [[nodiscard]] Answer take_answer() { return calls_.take_answer(); }

  // Closes port and connections. The owner may go when `closed` is true; `changed` is called for that too.
  void close();
  [[nodiscard]] bool closed() const { return closing_ && running_ == 0; }

 private:
  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

  boost::asio::io_context& context_;
  // Its own: what one worker takes, or holds on to, no other waits for.
  const std::shared_ptr<net::MemoryBudget::Peer> memory_;
  const Admits admits_;
  const std::function<void()> changed_;
  const net::ConnectionLimits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  RuntimeCalls calls_;
  std::uint16_t port_ = 0;
  std::list<net::Connection*> connections_;  // owned by their coroutines
  unsigned running_ = 0;                     // coroutines
  bool closing_ = false;
};

}  // namespace millrace::functions
