// A worker's end of the Lambda Runtime API: HTTP/1.1 on a port of its own, so that a worker sees its own
// invocations and no others. Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>

#include "server/net/http1_connection.h"

namespace millrace::functions {

inline constexpr std::uint64_t kMaxResponseBytes = (6u << 20) + 100;

// What a worker is given to do.
struct Event {
  std::string request_id, payload, client_context, function_arn, trace_id;
  std::int64_t deadline_ms = 0;  // Unix time
};

// What it made of it.
struct Answer {
  std::string payload;
  std::string error_type;  // as the runtime named it, for the log; may be empty for an error too
  bool failed = false;
};

// Lives on the runner's io_context. `changed` is called, from there, whenever `phase` changes.
class RuntimeApi final : net::Handler {
 public:
  enum class Phase {
    starting,     // the runtime has not asked for work yet
    init_failed,  // and says that it never will; `take_answer` has its words
    ready,        // it waits for work
    busy,         // it has an event
    answered,     // and has answered it, but not asked for more; `take_answer` has the answer
  };

  // `user`: whose connections alone are taken, where functions are users of their own: any process of the
  // machine can reach the port.
  RuntimeApi(boost::asio::io_context& context, std::optional<uid_t> user, std::function<void()> changed);

  // Binds and listens on 127.0.0.1.
  [[nodiscard]] boost::system::error_code listen();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Phase phase() const { return phase_; }

  // Hands `event` to the runtime, which must be ready.
  void dispatch(Event event);
  [[nodiscard]] Answer take_answer() { return std::exchange(answer_, {}); }

  // Closes port and connections. The owner may go when `closed` is true; `changed` is called for that too.
  void close();
  [[nodiscard]] bool closed() const { return closing_ && running_ == 0; }

 private:
  [[nodiscard]] std::uint64_t max_body(const HttpRequest& head) const override;
  [[nodiscard]] HttpResponse too_large(const HttpRequest& head) override;
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle(HttpRequest request) override;

  boost::asio::awaitable<void> accept_loop();
  boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<HttpResponse> next();
  HttpResponse invocation_post(const HttpRequest& request, std::string_view rest);
  HttpResponse init_error(HttpRequest request);
  void answer(Answer answer);
  void enter(Phase phase);

  boost::asio::io_context& context_;
  net::MemoryBudget budget_;  // its own: what one worker takes, or holds on to, no other waits for
  const std::optional<uid_t> user_;
  const std::function<void()> changed_;
  const net::ConnectionLimits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer
      event_came_;  // never expires; cancelled when there is an event, or none will come
  std::uint16_t port_ = 0;
  Phase phase_ = Phase::starting;
  Event event_;
  Answer answer_;
  std::uint64_t polls_ = 0;  // the newest poll gets the event: an older one's client went away
  std::list<net::Connection*> connections_;  // owned by their coroutines
  unsigned running_ = 0;                     // coroutines
  bool closing_ = false;
};

}  // namespace millrace::functions
