#include "server/net/memory_budget.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <deque>

namespace millrace::net {

namespace asio = boost::asio;

class MemoryBudget::Share {
 public:
  Share(asio::io_context& context, std::uint64_t bytes) : context_(context), free_(bytes), total_(bytes) {}

  // The bytes that were taken; nullopt at the deadline.
  asio::awaitable<std::optional<std::uint64_t>> take(std::uint64_t bytes,
                                                     std::chrono::steady_clock::time_point deadline) {
    bytes = std::min(bytes, total_);
    if (try_take(bytes)) co_return bytes;
    const auto turn = std::make_shared<Turn>(context_, bytes, deadline);
    waiting_.push_back(turn);
    boost::system::error_code cancelled;
    co_await turn->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (turn->granted) co_return bytes;
    std::erase(waiting_, turn);
    grant();  // to those whom this one stood before
    co_return std::nullopt;
  }

  // Takes all of `bytes` now, or nothing.
  bool try_take(std::uint64_t bytes) {
    if (!waiting_.empty() || bytes > free_) return false;
    free_ -= bytes;
    return true;
  }

  void give_back(std::uint64_t bytes) {
    free_ += bytes;
    grant();
  }

 private:
  struct Turn {
    Turn(asio::io_context& context, std::uint64_t wanted, std::chrono::steady_clock::time_point deadline)
        : timer(context, deadline), bytes(wanted) {}
    asio::steady_timer timer;  // cancelled when the bytes are granted
    std::uint64_t bytes;
    bool granted = false;
  };

  void grant() {
    while (!waiting_.empty() && waiting_.front()->bytes <= free_) {
      Turn& turn = *waiting_.front();
      free_ -= turn.bytes;
      turn.granted = true;
      turn.timer.cancel();
      waiting_.pop_front();
    }
  }

  asio::io_context& context_;
  std::uint64_t free_;
  const std::uint64_t total_;
  std::deque<std::shared_ptr<Turn>> waiting_;  // shared with the coroutine that waits for it
};

MemoryBudget::MemoryBudget(asio::io_context& context, std::uint64_t bytes)
    : small_(std::make_shared<Share>(context, bytes / 16)),
      large_(std::make_shared<Share>(context, bytes / 8 * 3)),
      answers_(std::make_shared<Share>(context, bytes / 2)),
      early_(std::make_shared<Share>(context, bytes / 16)) {}

void MemoryBudget::Reservation::shrink_to(std::uint64_t bytes) {
  if (bytes >= bytes_) return;
  share_->give_back(std::exchange(bytes_, bytes) - bytes);
}

asio::awaitable<std::optional<MemoryBudget::Reservation>> MemoryBudget::reserve(
    Use use, std::uint64_t bytes, std::chrono::steady_clock::time_point deadline) {
  if (bytes == 0) co_return Reservation();
  const std::shared_ptr<Share> share = use == Use::answer ? answers_ : bytes <= kSmallBody ? small_ : large_;
  const std::optional<std::uint64_t> taken = co_await share->take(bytes, deadline);
  if (!taken) co_return std::nullopt;
  co_return Reservation(share, *taken);
}

std::optional<MemoryBudget::Reservation> MemoryBudget::hold_early(std::uint64_t bytes) {
  if (!early_->try_take(bytes)) return std::nullopt;
  return Reservation(early_, bytes);
}

}  // namespace millrace::net
