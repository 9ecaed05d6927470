// The thread that writes the logs of functions, so that none that runs coroutines waits for a disk.
#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <future>

#include "server/log.h"

namespace millrace::functions {

// Safe from any thread. What is posted is done in order; its end waits for all of it.
class LogWriter {
 public:
  ~LogWriter() { thread_.join(); }

  // False, and nothing is done: `bytes` more would be too many that wait.
  template <class Work>
  [[nodiscard]] bool post(std::size_t bytes, Work work) {
    if ((waiting_ += bytes) > kMostWaiting) {
      waiting_ -= bytes;
      return false;
    }
    boost::asio::post(thread_, [this, bytes, w = std::move(work)]() mutable {
      try {
        w();
      } catch (const std::exception& e) {
        log::warning("function_log_failed", {{"reason", e.what()}});
      }
      waiting_ -= bytes;
    });
    return true;
  }

  // Returns when all that was posted before is done. Blocks.
  void settle() {
    std::promise<void> done;
    boost::asio::post(thread_, [&done] { done.set_value(); });
    done.get_future().wait();
  }

 private:
  static constexpr std::size_t kMostWaiting = 32 << 20;

  boost::asio::thread_pool thread_{1};
  std::atomic<std::size_t> waiting_ = 0;  // bytes
};

}  // namespace millrace::functions
