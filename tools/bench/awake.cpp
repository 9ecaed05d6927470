#include "tools/bench/awake.h"

#include <sched.h>

namespace millrace::bench {

Awake::Awake(Processors processors) {
  if (processors == Processors::kAsItIs || std::thread::hardware_concurrency() < 2) return;
  thread_ = std::jthread([](std::stop_token stop) {
    const sched_param none{};
    sched_setscheduler(0, SCHED_IDLE, &none);
    while (!stop.stop_requested()) {
    }
  });
}

}  // namespace millrace::bench
