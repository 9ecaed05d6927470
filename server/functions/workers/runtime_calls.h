// The calls of the Lambda Runtime API, as a worker's runtime makes them one after the other: what it may ask
// when, what it is given, what its answers come to. Without sockets (runtime_api.h has those).
// Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <utility>

#include "server/net/whole_requests.h"

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

// Lives on one io_context. `changed` is called, from there, whenever `phase` changes.
class RuntimeCalls final : public net::WholeRequests {
 public:
  enum class Phase {
    starting,     // the runtime has not asked for work yet
    init_failed,  // and says that it never will; `take_answer` has its words
    ready,        // it waits for work
    busy,         // it has an event
    answered,     // and has answered it, but not asked for more; `take_answer` has the answer
  };

  RuntimeCalls(boost::asio::io_context& context, std::function<void()> changed)
      : changed_(std::move(changed)), event_came_(context, std::chrono::steady_clock::time_point::max()) {}

  [[nodiscard]] Phase phase() const { return phase_; }
  // Hands `event` to the runtime, which must be ready.
  void dispatch(Event event);
  [[nodiscard]] Answer take_answer() { return std::exchange(answer_, {}); }
  // Ends the call that waits for work.
  void close();

  [[nodiscard]] std::uint64_t max_body(const HttpRequest&) const override { return kMaxResponseBytes; }
  [[nodiscard]] HttpResponse too_large(const HttpRequest& head) override;
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle(HttpRequest request) override;

 private:
  boost::asio::awaitable<HttpResponse> next();
  HttpResponse invocation_post(const HttpRequest& request, std::string_view rest);
  HttpResponse init_error(HttpRequest request);
  void answer(Answer answer);
  void enter(Phase phase);

  const std::function<void()> changed_;
  boost::asio::steady_timer
      event_came_;  // never expires; cancelled when there is an event, or none will come
  Phase phase_ = Phase::starting;
  Event event_;
  Answer answer_;
  std::uint64_t polls_ = 0;  // the newest poll gets the event: an older one's client went away
  bool closing_ = false;
};

}  // namespace millrace::functions
