// Counts requests by service, operation and outcome.
#include <map>
#include <tuple>

#include "server/pipeline/steps.h"

namespace millrace::steps {

namespace {

struct OperationProbes {
  Histogram& seconds;
  Counter &ok, &client_errors, &server_errors;
};

OperationProbes& probes_of(Probes& probes, std::string_view service, std::string_view operation) {
  // A copy a thread, so that counting needs no lock; names are of static storage.
  thread_local std::map<std::tuple<const Probes*, std::string_view, std::string_view>, OperationProbes> known;
  const auto key = std::tuple(&probes, service, operation);
  if (const auto it = known.find(key); it != known.end()) return it->second;
  const auto labels = [&](const char* outcome) {
    return Labels{
        {"operation", std::string(operation)}, {"outcome", outcome}, {"service", std::string(service)}};
  };
  const auto counter = [&](const char* outcome) -> Counter& {
    return probes.counter("millrace_requests_total", "Requests by service, operation and outcome",
                          labels(outcome));
  };
  Histogram& seconds =
      probes.histogram("millrace_request_seconds", "Time from the complete request to its response",
                       {{"operation", std::string(operation)}, {"service", std::string(service)}},
                       exponential_bounds(0.0001, 2, 18));
  return known
      .emplace(key, OperationProbes{seconds, counter("ok"), counter("client_error"), counter("server_error")})
      .first->second;
}

}  // namespace

void measure(const PipelineParts& parts, Context& context) {
  if (context.plain) return;
  OperationProbes& probes = probes_of(parts.probes, context.service->name(), context.request.operation);
  const auto took = std::chrono::steady_clock::now() - context.handled_since;
  if (context.handled) probes.seconds.observe(std::chrono::duration<double>(took).count());
  const unsigned status = context.answer->status;
  (status < 400 ? probes.ok : status < 500 ? probes.client_errors : probes.server_errors).add();
}

}  // namespace millrace::steps
