// Counts latencies in microseconds: exact below 128, then 64 steps to each power of two (1.6 % apart).
// Not safe from several threads: each thread fills its own, and they are merged afterwards.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::bench {

class Histogram {
 public:
  void add(std::chrono::microseconds latency) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
    ++counts_[bucket_of(std::min(value, kLargest))];
    ++total_;
  }

  void merge(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }

  // The latency that `share` (0 to 1) of the requests did not exceed; zero if there were none.
  std::chrono::microseconds quantile(double share) const {
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > rank || (seen == total_ && total_ > 0)) return std::chrono::microseconds(middle_of(i));
    }
    return std::chrono::microseconds(0);
  }

 private:
  static constexpr std::uint64_t kLargest = (std::uint64_t{1} << 36) - 1;  // 19 hours
  static constexpr std::size_t kExact = 128;
  static constexpr std::size_t kSteps = 64;

  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kExact) return value;
    const auto shift = static_cast<std::size_t>(std::bit_width(value)) - 7;
    return kExact + (shift - 1) * kSteps + (value >> shift) - kSteps;
  }
  static std::uint64_t middle_of(std::size_t bucket) {
    if (bucket < kExact) return bucket;
    const std::size_t shift = (bucket - kExact) / kSteps + 1;
    const std::uint64_t step = (bucket - kExact) % kSteps + kSteps;
    return (step << shift) + (std::uint64_t{1} << (shift - 1));
  }

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kExact + kSteps * 29);
  std::uint64_t total_ = 0;
};

}  // namespace millrace::bench
