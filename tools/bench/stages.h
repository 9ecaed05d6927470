// The stages that no server can leave out of a PutRecords of 500 x 1 KiB, each alone in this process, as fast
// as we can make it: what a request costs beyond reading and answering it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "tools/bench/table.h"

namespace millrace::bench {

// CPU of the thread, in microseconds a request.
struct StageCosts {
  double parse = 0;   // simdjson on demand, to the data and keys where they stand
  double base64 = 0;  // of all data
  double md5 = 0;     // of all partition keys
  double append = 0;  // a copy of data and keys, and one pwrite of whole pages past the page cache, no sync

  double sum() const { return parse + base64 + md5 + append; }
};

class Stages {
 public:
  // Makes the requests, and a file of 64 MiB under `directory`. Throws std::system_error.
  explicit Stages(const std::filesystem::path& directory);
  ~Stages();

  // Runs each stage for `duration`.
  StageCosts measure(std::chrono::milliseconds duration);

  bool direct() const;  // was O_DIRECT to be had?

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Section stages_section(const std::filesystem::path& directory, std::chrono::milliseconds duration,
                       unsigned repeat);

}  // namespace millrace::bench
