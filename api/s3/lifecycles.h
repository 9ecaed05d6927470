// The lifecycle rules of buckets in memory, since reads and writes of objects say when the object expires.
#pragma once

#include "api/s3/lifecycle.h"
#include "api/s3/setting_cache.h"

namespace millrace::s3 {

inline constexpr std::string_view kLifecycleSetting = "lifecycle";

class Lifecycles final : public SettingCache<Lifecycle> {
 public:
  explicit Lifecycles(storage::ObjectStore& objects);
};

}  // namespace millrace::s3
