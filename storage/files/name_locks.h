// Locks on names for coroutines: a change of an object, bucket or upload waits until nobody else changes the
// same one. What is held is held over an append to the catalog, a bounded time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "storage/completion.h"
#include "storage/result.h"

namespace millrace::storage::files {

// Safe from any thread; outlives its guards. Waiters are served in the order they came, so that neither
// shared nor exclusive ones starve. Who takes several takes them in an order that all agree on.
class NameLocks {
 public:
  enum class Mode { shared, exclusive };

  // Holds the lock until it is destroyed.
  class Guard {
   public:
    Guard() = default;
    Guard(NameLocks& locks, std::string name, Mode mode)
        : locks_(&locks), name_(std::move(name)), mode_(mode) {}
    Guard(Guard&& other) noexcept
        : locks_(std::exchange(other.locks_, nullptr)), name_(std::move(other.name_)), mode_(other.mode_) {}
    Guard& operator=(Guard&& other) noexcept {
      std::swap(locks_, other.locks_);
      std::swap(name_, other.name_);
      std::swap(mode_, other.mode_);
      return *this;
    }
    ~Guard() {
      if (locks_) locks_->release(name_, mode_);
    }

   private:
    NameLocks* locks_ = nullptr;
    std::string name_;
    Mode mode_ = Mode::shared;
  };

  // Errors: busy (too many wait for this name).
  [[nodiscard]] boost::asio::awaitable<Result<Guard>> lock(std::string name, Mode mode);

 private:
  struct Waiter {
    Mode mode;
    Completion<bool> wake;
  };
  struct State {
    unsigned shared = 0;
    bool exclusive = false;
    std::deque<Waiter> waiting;

    [[nodiscard]] bool admits(Mode mode) const { return !exclusive && (mode == Mode::shared || shared == 0); }
    void enter(Mode mode) {
      if (mode == Mode::shared)
        ++shared;
      else
        exclusive = true;
    }
  };

  // Enters at once, or leaves `wake` to be called with true when it is its turn; false when too many wait.
  void enter(const std::string& name, Mode mode, Completion<bool> wake);
  void release(const std::string& name, Mode mode);

  std::mutex mutex_;
  std::unordered_map<std::string, State> names_;  // guarded by mutex_; only those that are held
};

}  // namespace millrace::storage::files
