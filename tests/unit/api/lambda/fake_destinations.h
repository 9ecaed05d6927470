// Destinations that keep what they are told.
#pragma once

#include <mutex>

#include "api/lambda/events/destination.h"

namespace millrace::lambda {

// Keeps what it is to deliver; the first `failures` times it says that it cannot.
class FakeDestinations final : public Destinations {
 public:
  boost::asio::awaitable<storage::Result<void>> check(Principal, Destination) override {
    co_return storage::Result<void>();
  }
  boost::asio::awaitable<storage::Result<void>> deliver(Delivery delivery) override {
    if (failures-- > 0) co_return storage::Error{storage::Errc::io, "unreachable"};
    const std::lock_guard lock(mutex_);
    delivered_.push_back(std::move(delivery));
    co_return storage::Result<void>();
  }
  std::vector<Delivery> delivered() {
    const std::lock_guard lock(mutex_);
    return delivered_;
  }
  std::atomic<int> failures = 0;

 private:
  std::mutex mutex_;
  std::vector<Delivery> delivered_;
};

}  // namespace millrace::lambda
