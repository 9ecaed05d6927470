// What is counted of functions and of the workers that run them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/lambda/runner.h"
#include "storage/probe.h"

namespace millrace::functions {

// Of one function. What other parts count of it has the same labels, and goes with the last of these.
struct FunctionProbes {
  FunctionProbes(Probes& probes, const lambda::FunctionSpec& function);

  const HeldSeries series;
  const std::shared_ptr<Counter> invocations, errors, throttles, cold_starts;
  const std::shared_ptr<Histogram> duration;  // seconds
  const std::shared_ptr<Gauge> concurrent;
};

// Counts an invocation as running while it lives.
class Running {
 public:
  explicit Running(const FunctionProbes& probes) : probes_(probes) { probes_.concurrent->add(1); }
  Running(const Running&) = delete;
  ~Running() { probes_.concurrent->add(-1); }

 private:
  const FunctionProbes& probes_;
};

// Of all. Used on the runner's thread alone.
class RunnerProbes {
 public:
  explicit RunnerProbes(Probes& probes);

  // Shared with the invocations under way.
  [[nodiscard]] std::shared_ptr<const FunctionProbes> of(const lambda::FunctionSpec& function);
  // The function was deleted.
  void forget(const std::string& arn) { known_.erase(arn); }

  Gauge &workers_busy, &workers_idle, &waiting;

 private:
  Probes& probes_;
  std::map<std::string, std::shared_ptr<const FunctionProbes>> known_;  // by the function's ARN
};

}  // namespace millrace::functions
