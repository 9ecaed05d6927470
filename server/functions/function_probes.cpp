#include "server/functions/function_probes.h"

namespace millrace::functions {

namespace {

Gauge& workers(Probes& probes, const char* state) {
  return probes.gauge("millrace_lambda_workers", "Worker processes of functions", {{"state", state}});
}

}  // namespace

RunnerProbes::RunnerProbes(Probes& probes)
    : workers_busy(workers(probes, "busy")),
      workers_idle(workers(probes, "idle")),
      waiting(
          probes.gauge("millrace_lambda_waiting_invocations", "Invocations that wait for a worker process")),
      probes_(probes) {}

FunctionProbes& RunnerProbes::of(const lambda::FunctionSpec& function) {
  const std::string key = function.account + "/" + function.region + "/" + function.name;
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  const Labels labels{
      {"account", function.account}, {"region", function.region}, {"function", function.name}};
  const auto counter = [&](const char* name, const char* help) -> Counter& {
    return probes_.counter(std::string("millrace_lambda_") + name, help, labels);
  };
  FunctionProbes made{
      counter("invocations_total", "Times that the function was run (CloudWatch: Invocations)"),
      counter("errors_total", "Invocations that ended in an error of the function (CloudWatch: Errors)"),
      counter("throttles_total",
              "Invocations refused for want of a worker or of reserved concurrency (CloudWatch: Throttles)"),
      counter("cold_starts_total", "Worker processes started for an invocation"),
      probes_.histogram("millrace_lambda_duration_seconds",
                        "Time that the function took for an event (CloudWatch: Duration)", labels,
                        exponential_bounds(0.001, 2, 20)),
      probes_.gauge("millrace_lambda_concurrent_executions",
                    "Invocations that have a worker now (CloudWatch: ConcurrentExecutions)", labels)};
  return known_.emplace(key, made).first->second;
}

}  // namespace millrace::functions
