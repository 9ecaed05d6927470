// Work that is done again and again in the background: trimming, ending of passing states, scaling.
#pragma once

#include <boost/asio.hpp>
#include <functional>

namespace millrace {

// One run after the other, a period between them; what a run throws is logged under `name`.
class Periodic {
 public:
  using Work = std::function<boost::asio::awaitable<void>()>;

  Periodic(boost::asio::io_context& context, const char* name, std::chrono::milliseconds period, Work work)
      : name_(name), period_(period), work_(std::move(work)), timer_(context) {}

  void start();
  // Safe from any thread.
  void stop();

 private:
  boost::asio::awaitable<void> run();

  const char* const name_;
  const std::chrono::milliseconds period_;
  const Work work_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace millrace
