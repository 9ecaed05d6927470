// The lifecycle rules of buckets in memory, since reads and writes of objects say when the object expires.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "api/s3/lifecycle.h"

namespace millrace::s3 {

inline constexpr std::string_view kLifecycleSetting = "lifecycle";

// Safe from any thread. Holds the rules of up to kMost buckets, those without rules too; beyond it begins
// anew.
class Lifecycles {
 public:
  static constexpr std::size_t kMost = 10'000;

  explicit Lifecycles(storage::ObjectStore& objects) : objects_(objects) {}

  // Null: the bucket has none, or is not there.
  [[nodiscard]] boost::asio::awaitable<std::shared_ptr<const Lifecycle>> of(storage::BucketId bucket);
  // To be called after each change of the bucket's rules, and after the bucket is removed.
  void changed(const storage::BucketId& bucket);

 private:
  storage::ObjectStore& objects_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::unordered_map<std::string, std::shared_ptr<const Lifecycle>> rules_;  // by account and name
  std::uint64_t changes_ = 0;
};

}  // namespace millrace::s3
