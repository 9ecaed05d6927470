// The memory of a body that is read: counted as it comes, and for all of it once the sender has shown that
// there is something behind what it announced.
#pragma once

#include "server/net/memory_budget.h"

namespace millrace::net {

// Used on its connection's io_context alone.
class BodyMemory {
 public:
  // The most of a body that is counted by what has come.
  static constexpr std::uint64_t kPrefix = 256 << 10;

  // What is counted for a body that goes to a sink, in pieces of that size.
  static constexpr std::uint64_t kPiece = 256 << 10;

  // Counts nothing.
  BodyMemory() = default;
  // `claim`: the body's size, or the most that it may have where it does not say.
  BodyMemory(std::shared_ptr<MemoryBudget::Peer> peer, std::uint64_t claim);

  // So many bytes of the body are counted.
  [[nodiscard]] std::uint64_t covered() const { return covered_; }
  // How many are counted as they come; one more takes the memory for all.
  [[nodiscard]] std::uint64_t prefix() const { return prefix_; }
  // Counts `bytes` of the body, and some more ahead; false, and nothing changes, when there is no memory now.
  [[nodiscard]] bool try_cover(std::uint64_t bytes);
  // The same, and waits; false at the deadline.
  [[nodiscard]] boost::asio::awaitable<bool> cover(std::uint64_t bytes,
                                                   std::chrono::steady_clock::time_point deadline);
  // What is counted for the whole body, of `bytes`, for whoever has it now.
  [[nodiscard]] MemoryHold take(std::uint64_t bytes) {
    held_.shrink_to(bytes);
    covered_ = 0;
    return std::move(held_);
  }

 private:
  [[nodiscard]] MemoryBudget::Part part() const {
    return claim_ <= MemoryBudget::kSmall ? MemoryBudget::Part::small : MemoryBudget::Part::body;
  }
  void cover_all(MemoryHold held) {
    held_ = std::move(held);
    covered_ = claim_;
  }

  std::shared_ptr<MemoryBudget::Peer> peer_;
  std::uint64_t claim_ = 0, prefix_ = 0, covered_ = 0;
  MemoryHold held_;
};

}  // namespace millrace::net
