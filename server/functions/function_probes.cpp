#include "server/functions/function_probes.h"

#include "api/lambda/model.h"

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
          probes.gauge("millrace_lambda_waiting_invocations", "Invocations waiting for a worker process")),
      probes_(probes) {}

FunctionProbes::FunctionProbes(Probes& probes, const lambda::FunctionSpec& f)
    : series(probes, lambda::function_labels(f.account, f.region, f.name)),
      invocations(series.counter("millrace_lambda_invocations_total",
                                 "Invocations of the function (CloudWatch: Invocations)")),
      errors(series.counter("millrace_lambda_errors_total",
                            "Invocations that failed with a function error (CloudWatch: Errors)")),
      throttles(series.counter("millrace_lambda_throttles_total",
                               "Invocations rejected because no worker or reserved concurrency was available "
                               "(CloudWatch: Throttles)")),
      cold_starts(
          series.counter("millrace_lambda_cold_starts_total", "Worker processes started for an invocation")),
      duration(series.histogram("millrace_lambda_duration_seconds",
                                "Duration of invocations (CloudWatch: Duration)",
                                exponential_bounds(0.001, 2, 20))),
      concurrent(series.gauge("millrace_lambda_concurrent_executions",
                              "Invocations in progress (CloudWatch: ConcurrentExecutions)")) {}

std::shared_ptr<const FunctionProbes> RunnerProbes::of(const lambda::FunctionSpec& f) {
  std::shared_ptr<const FunctionProbes>& known = known_[lambda::function_arn(f.account, f.region, f.name)];
  if (!known) known = std::make_shared<const FunctionProbes>(probes_, f);
  return known;
}

}  // namespace millrace::functions
