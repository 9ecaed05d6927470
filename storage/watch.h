// A subscription to changes.
#pragma once

#include <functional>
#include <utility>

namespace millrace::storage {

// Ends a subscription when it is destroyed: afterwards, the subscriber's function is not running and is not
// called again. Do not destroy it within that function.
class Watch {
 public:
  Watch() = default;
  explicit Watch(std::function<void()> end) : end_(std::move(end)) {}
  Watch(Watch&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
  Watch& operator=(Watch&& other) noexcept {
    std::swap(end_, other.end_);
    return *this;
  }
  ~Watch() {
    if (end_) end_();
  }

 private:
  std::function<void()> end_;
};

}  // namespace millrace::storage
