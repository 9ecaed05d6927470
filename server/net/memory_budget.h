// How much memory the bodies of the requests on one io_context may take. A body's memory is reserved before
// it is read, so that many big requests queue instead of killing the server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>

namespace millrace::net {

// Used on its io_context alone.
class MemoryBudget {
 public:
  MemoryBudget(boost::asio::io_context& context, std::uint64_t bytes)
      : context_(context), free_(bytes), total_(bytes) {}

  class Reservation {
   public:
    Reservation() = default;
    Reservation(MemoryBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    Reservation(Reservation&& other) noexcept { *this = std::move(other); }
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() {
      if (budget_) budget_->release(bytes_);
    }

   private:
    MemoryBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  // Completes when `bytes` are free and nobody waits who came before. More than there is in all gets all of
  // it.
  [[nodiscard]] boost::asio::awaitable<Reservation> reserve(std::uint64_t bytes) {
    bytes = std::min(bytes, total_);
    if (waiting_.empty() && bytes <= free_) {
      free_ -= bytes;
      co_return Reservation(*this, bytes);
    }
    const auto turn = std::make_shared<Turn>(context_, bytes);
    waiting_.push_back(turn);
    boost::system::error_code cancelled;
    co_await turn->timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    co_return Reservation(*this, bytes);
  }

 private:
  struct Turn {
    Turn(boost::asio::io_context& context, std::uint64_t wanted)
        : timer(context, std::chrono::steady_clock::time_point::max()), bytes(wanted) {}
    boost::asio::steady_timer timer;  // cancelled when the bytes are granted
    std::uint64_t bytes;
  };

  void release(std::uint64_t bytes) {
    free_ += bytes;
    while (!waiting_.empty() && waiting_.front()->bytes <= free_) {
      free_ -= waiting_.front()->bytes;
      waiting_.front()->timer.cancel();
      waiting_.pop_front();
    }
  }

  boost::asio::io_context& context_;
  std::uint64_t free_;
  const std::uint64_t total_;
  std::deque<std::shared_ptr<Turn>> waiting_;  // shared with the coroutine that waits for it
};

}  // namespace millrace::net
