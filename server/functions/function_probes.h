// What is counted of functions and of the workers that run them.
#pragma once

#include <map>
#include <string>

#include "api/lambda/runner.h"
#include "storage/probe.h"

namespace millrace::functions {

// Of one function.
struct FunctionProbes {
  Counter &invocations, &errors, &throttles, &cold_starts;
  Histogram& duration;  // seconds
  Gauge& concurrent;
};

// Counts an invocation as running while it lives.
class Running {
 public:
  explicit Running(FunctionProbes& probes) : probes_(probes) { probes_.concurrent.add(1); }
  Running(const Running&) = delete;
  ~Running() { probes_.concurrent.add(-1); }

 private:
  FunctionProbes& probes_;
};

// Of all. Used on the runner's thread alone.
class RunnerProbes {
 public:
  explicit RunnerProbes(Probes& probes);

  [[nodiscard]] FunctionProbes& of(const lambda::FunctionSpec& function);

  Gauge &workers_busy, &workers_idle, &waiting;

 private:
  Probes& probes_;
  std::map<std::string, FunctionProbes> known_;  // by account, region and name
};

}  // namespace millrace::functions
