// Where all processors sleep while the disk works, a virtual machine may notice only at the next tick of its
// clock that it is done: 4 ms instead of 0.1. A server under load does not sleep so.
#pragma once

#include <thread>

namespace millrace::bench {

enum class Processors { kAsItIs, kAwake };

// With kAwake, keeps one processor busy for as long as it lives, by a thread that gives way to every other.
// Does nothing on a machine of one processor.
class Awake {
 public:
  explicit Awake(Processors processors);

 private:
  std::jthread thread_;  // stops and joins
};

}  // namespace millrace::bench
