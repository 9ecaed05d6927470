// A setting of buckets in memory, parsed: for settings that many requests ask for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "api/core/error.h"
#include "storage/objects.h"

namespace millrace::s3 {

// Safe from any thread. Holds the setting of up to `most` buckets, also that a bucket has none; beyond it
// begins anew.
template <class T>
class SettingCache {
 public:
  using Parse = std::shared_ptr<const T> (*)(std::string kept);

  // `name`: of the setting in storage.
  SettingCache(storage::ObjectStore& objects, std::string name, std::size_t most, Parse parse)
      : objects_(objects), name_(std::move(name)), most_(most), parse_(parse) {}

  // nullptr: the bucket does not have it, or does not exist. Throws StorageFailure.
  [[nodiscard]] boost::asio::awaitable<std::shared_ptr<const T>> of(storage::BucketId bucket) {
    const std::string key = key_of(bucket);
    std::uint64_t seen = 0;
    {
      const std::lock_guard hold(mutex_);
      if (const auto it = values_.find(key); it != values_.end()) co_return it->second;
      seen = changes_;
    }
    auto kept = co_await objects_.setting(std::move(bucket), name_);
    if (!kept && kept.error().code == storage::Errc::not_found) co_return nullptr;
    std::optional<std::string> text = or_throw(std::move(kept));
    const std::shared_ptr<const T> value = text ? parse_(std::move(*text)) : nullptr;
    const std::lock_guard hold(mutex_);
    if (values_.size() >= most_) values_.clear();
    if (seen == changes_) values_.emplace(key, value);  // else what was read may be old already
    co_return value;
  }
  // To be called after each change of the bucket's setting, and after the bucket is removed.
  void changed(const storage::BucketId& bucket) {
    const std::lock_guard hold(mutex_);
    ++changes_;
    values_.erase(key_of(bucket));
  }

 private:
  static std::string key_of(const storage::BucketId& bucket) { return bucket.account + "/" + bucket.name; }

  storage::ObjectStore& objects_;
  const std::string name_;
  const std::size_t most_;
  const Parse parse_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::unordered_map<std::string, std::shared_ptr<const T>> values_;
  std::uint64_t changes_ = 0;
};

}  // namespace millrace::s3
