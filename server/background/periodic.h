// Work that is done again and again in the background, on one node: trimming, ending of passing states,
// scaling.
#pragma once

#include <boost/asio.hpp>
#include <functional>

#include "storage/duties.h"

namespace millrace {

// One run after the other, a period between them, while the duty `name` is this node's. What a run throws is
// logged under `name`.
class Periodic {
 public:
  using Work = std::function<boost::asio::awaitable<void>()>;

  Periodic(boost::asio::io_context& context, const storage::Duties& duties, const char* name,
           std::chrono::milliseconds period, Work work)
      : duties_(duties), name_(name), period_(period), work_(std::move(work)), timer_(context) {}

  void start();
  // Safe from any thread.
  void stop();

 private:
  boost::asio::awaitable<void> run();

  const storage::Duties& duties_;
  const char* const name_;
  const std::chrono::milliseconds period_;
  const Work work_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace millrace
