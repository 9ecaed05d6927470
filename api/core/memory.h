// The memory that requests and their answers may take: counted against one budget of the whole server
// (server/net/memory_budget.h), so that what many clients ask for at a time waits instead of filling the
// machine.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace millrace {

class MemoryHold;

// What one client address may take of the budget. Safe from any thread.
class Memory {
 public:
  virtual ~Memory() = default;

  // Reserves bytes for making an answer and for holding it until it is sent. Completes when they are free and
  // those who came before have theirs; nullopt at the deadline, and at once for more than `most()`. A request
  // reserves once: nothing that it waits for here may depend on what it holds already.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<MemoryHold>> reserve(
      std::uint64_t bytes, std::chrono::steady_clock::time_point deadline) = 0;
  // The largest answer that can be reserved, in bytes.
  [[nodiscard]] virtual std::uint64_t most() const = 0;
  // Counts an answer that was made, of `bytes`, in place of `held`, which is less. It waits for memory only
  // as long as few answers do; nullopt: there is none, and the answer must go.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<MemoryHold>> keep(MemoryHold held,
                                                                               std::uint64_t bytes) = 0;

 private:
  friend class MemoryHold;
  virtual void give_back(unsigned part, std::uint64_t bytes) = 0;
};

// Reserved bytes, given back when this is destroyed.
class MemoryHold {
 public:
  MemoryHold() = default;
  // `part`: of the budget, for who made it.
  MemoryHold(std::shared_ptr<Memory> of, unsigned part, std::uint64_t bytes)
      : of_(std::move(of)), part_(part), bytes_(bytes) {}
  MemoryHold(MemoryHold&& other) noexcept { *this = std::move(other); }
  MemoryHold& operator=(MemoryHold&& other) noexcept {
    std::swap(of_, other.of_);
    std::swap(part_, other.part_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryHold() { shrink_to(0); }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] unsigned part() const { return part_; }
  // Gives back what is above `bytes`.
  void shrink_to(std::uint64_t bytes) {
    if (bytes < bytes_) of_->give_back(part_, std::exchange(bytes_, bytes) - bytes);
  }
  // Adds another hold of the same part and owner.
  void add(MemoryHold&& other) {
    if (bytes_ == 0) {
      *this = std::move(other);
    } else {
      bytes_ += std::exchange(other.bytes_, 0);
    }
  }

 private:
  std::shared_ptr<Memory> of_;  // shared, since a request may outlive the server that it came to
  unsigned part_ = 0;
  std::uint64_t bytes_ = 0;
};

// Reserves for an answer, as Memory::reserve; more than `most()` counts as that. `memory` may be nullptr:
// nothing is counted. Throws ApiError (503 ServiceUnavailable) when the memory is not free in a minute.
[[nodiscard]] boost::asio::awaitable<MemoryHold> reserve_answer(std::shared_ptr<Memory> memory,
                                                                std::uint64_t bytes);

}  // namespace millrace
