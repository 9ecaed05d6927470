// The duties of a node that shares its work with others: a test says which units are elsewhere.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "storage/duties.h"

namespace millrace::storage {

class FakeDuties final : public Duties {
 public:
  [[nodiscard]] bool mine(std::string_view unit) const override {
    const std::lock_guard lock(mutex_);
    return !elsewhere_.contains(unit);
  }
  [[nodiscard]] Watch on_change(std::function<void()> f) override {
    const std::lock_guard lock(mutex_);
    const int number = next_++;
    watches_[number] = std::move(f);
    return Watch([this, number] {
      const std::lock_guard ending(mutex_);
      watches_.erase(number);
    });
  }
  [[nodiscard]] std::size_t members() const override { return 2; }

  void lose(const std::string& unit) {
    const std::lock_guard lock(mutex_);
    elsewhere_.insert(unit);
    tell();
  }
  void get(const std::string& unit) {
    const std::lock_guard lock(mutex_);
    elsewhere_.erase(unit);
    tell();
  }

 private:
  void tell() {
    for (const auto& [number, f] : watches_) f();
  }

  mutable std::recursive_mutex mutex_;  // a watcher may ask
  std::set<std::string, std::less<>> elsewhere_;
  std::map<int, std::function<void()>> watches_;
  int next_ = 0;
};

}  // namespace millrace::storage
