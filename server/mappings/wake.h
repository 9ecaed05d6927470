// Wakes a coroutine that waits on the same io_context.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace millrace::functions {

// For one waiter at a time, on the io_context's one thread.
class Wake {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  explicit Wake(boost::asio::io_context& context) : timer_(context) {}

  // Ends the wait, or the next one if nobody waits now.
  void call() {
    called_ = true;
    timer_.cancel();
  }

  // Until `call` or the deadline.
  [[nodiscard]] boost::asio::awaitable<void> wait(Instant deadline) {
    if (!called_) {
      timer_.expires_at(deadline);
      co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    called_ = false;
  }

 private:
  boost::asio::steady_timer timer_;
  bool called_ = false;
};

}  // namespace millrace::functions
