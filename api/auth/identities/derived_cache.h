// What is derived from rows, and valid until a row changes.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millrace::auth {

// Holds at most `most` values; a value that does not fit clears the cache. Can be used from any thread.
template <class T>
class DerivedCache {
 public:
  using Pointer = std::shared_ptr<const T>;

  explicit DerivedCache(std::size_t most) : most_(most) {}

  // `generation`: of the rows now. nullptr: the cache has no value of that generation.
  [[nodiscard]] Pointer find(const std::string& key, std::uint64_t generation) const {
    const std::shared_lock lock(mutex_);
    if (generation != generation_) return nullptr;
    const auto at = values_.find(key);
    return at == values_.end() ? nullptr : at->second;
  }

  // `generation`: of the rows before the value was derived from them.
  void put(const std::string& key, Pointer value, std::uint64_t generation) {
    const std::unique_lock lock(mutex_);
    if (generation < generation_) return;
    if (generation > generation_ || values_.size() >= most_) values_.clear();
    generation_ = generation;
    values_[key] = std::move(value);
  }

 private:
  const std::size_t most_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Pointer> values_;
  std::uint64_t generation_ = 0;
};

}  // namespace millrace::auth
