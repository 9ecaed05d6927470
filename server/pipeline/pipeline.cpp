#include "server/pipeline/pipeline.h"

#include "api/core/excerpt.h"
#include "server/log.h"
#include "server/pipeline/steps.h"

namespace millrace {

namespace {

// No error repeats more of its request than this, whatever a service writes into it. Validation errors, which
// repeat the most, stay below it.
constexpr std::size_t kMaxMessageBytes = 64 << 10;

ApiError bounded(const ApiError& error) {
  if (error.message().size() <= kMaxMessageBytes) return error;
  return ApiError(error.status(), error.code(), excerpt(error.message(), kMaxMessageBytes))
      .with_detail(error.detail())
      .with_query_code(error.query_code());
}

void log_failure(const Request& request, const char* what) {
  log::error("request_failed", {{"request_id", request.id},
                                {"operation", request.operation},
                                {"account", request.caller.account},
                                {"reason", what}});
}

ApiError takes_no_writes() {
  return {503, "ServiceUnavailable",
          "The server rejects writes because its disk is full or failing. Reads are possible."};
}
ApiError too_much_waits() {
  return {503, "ServiceUnavailable", "Too much data is waiting to be written to disk; try again."};
}

// The client's error for what was thrown; called where it is caught.
ApiError error_of_exception(const Context& context) {
  const Request& request = context.request;
  try {
    throw;
  } catch (const ApiError& e) {
    if (log::enabled(log::Level::debug))
      log::debug("request_rejected", {{"request_id", request.id},
                                      {"operation", request.operation},
                                      {"code", e.code()},
                                      {"message", excerpt(e.message(), 1000)}});
    return e;
  } catch (const StorageFailure& e) {
    // Said once, when it begins: by the watch over the disk, not by each request that meets it.
    if (e.code() == storage::Errc::read_only) return takes_no_writes();
    if (e.code() == storage::Errc::busy) return too_much_waits();
    log_failure(request, e.what());
  } catch (const std::exception& e) {
    log_failure(request, e.what());
  }
  return context.service->internal_failure();
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace

class Pipeline::Way final : public net::Exchange {
 public:
  Way(const PipelineParts& parts, const Listener& listener, HttpRequest head, const net::Peer& peer)
      : parts_(parts) {
    context_.listener = &listener;
    context_.peer = peer;
    context_.request.http = std::move(head);
    try {
      for (const PipelineStep& place : steps_of(Phase::head)) {
        place.step(parts_, context_);
        if (context_.answer) break;
      }
    } catch (const std::exception&) {
      refuse(error_of_exception(context_));
    }
    max_body = context_.max_body;
    if (context_.answer) answer = finish();
  }

  [[nodiscard]] HttpRequest& request() override { return context_.request.http; }
  [[nodiscard]] BodySink* sink() override { return context_.begun ? context_.begun->sink() : nullptr; }

  [[nodiscard]] HttpResponse unread(Unread why) override {
    Request& request = context_.request;
    const Service& service = *context_.service;
    request.operation = why == Unread::too_large   ? "(too large)"
                        : why == Unread::no_memory ? "(overloaded)"
                                                   : "(too slow)";
    refuse(why == Unread::too_large   ? service.too_large()
           : why == Unread::no_memory ? overloaded()
                                      : service.too_slow());
    return finish();
  }

  [[nodiscard]] asio::awaitable<HttpResponse> handle() override {
    context_.handled_since = std::chrono::steady_clock::now();
    context_.handled = true;
    try {
      for (const PipelineStep& place : steps_of(Phase::body)) co_await place.waiting(parts_, context_);
    } catch (const std::exception&) {
      refuse(error_of_exception(context_));
    }
    co_return finish();
  }

 private:
  void refuse(const ApiError& error) {
    HttpRequest& http = context_.request.http;
    http.body = std::string();
    http.held = MemoryHold();
    context_.answer = context_.service->error(bounded(error), context_.request);
  }

  HttpResponse finish() {
    for (const PipelineStep& place : steps_of(Phase::answer)) place.step(parts_, context_);
    return std::move(*context_.answer);
  }

  const PipelineParts& parts_;
  Context context_;
};

Pipeline::Pipeline(PipelineParts parts, std::vector<Listener> listeners) : parts_(std::move(parts)) {
  std::vector<std::string> known = parts_.routes.names();
  known.emplace_back(kMetricsPage);
  for (Listener& listener : listeners) {
    for (const std::string& service : listener.services)
      if (std::find(known.begin(), known.end(), service) == known.end())
        throw std::runtime_error("--listen: \"services=" + service +
                                 "\" names no service; the services are " + joined(known));
    entrances_.emplace_back(parts_, std::move(listener));
  }
}

std::unique_ptr<net::Exchange> Pipeline::Entrance::begin(HttpRequest head, const net::Peer& peer) {
  return std::make_unique<Way>(parts_, listener_, std::move(head), peer);
}

}  // namespace millrace
