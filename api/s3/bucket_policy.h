// Bucket policies as documents: what PutBucketPolicy takes. Others evaluate them. No I/O, but for the cache.
// Sources: S3 user guide, "Bucket policies" and "The meaning of public"; texts of the errors: LocalStack's
// recordings of AWS (test_bucket_policy_exc) and reports of users.
#pragma once

#include "api/s3/setting_cache.h"

namespace millrace::s3 {

inline constexpr std::size_t kMaxBucketPolicyBytes = 20480;  // without the white space between tokens
inline constexpr std::string_view kPolicySetting = "policy";

// The document as it is kept: `text` without the white space between its tokens. `bucket`: the name of the
// bucket, which the resources must be of. Throws malformed_policy, policy_too_large.
[[nodiscard]] std::string checked_bucket_policy(std::string_view text, std::string_view bucket);

// Whether the policy, a checked one, gives somebody access whom it does not name: a statement allows everyone
// something without a condition that holds for fixed values alone.
[[nodiscard]] bool is_public_policy(std::string_view policy);

// The policies of buckets in memory.
class BucketPolicies final : public SettingCache<std::string> {
 public:
  explicit BucketPolicies(storage::ObjectStore& objects);
};

}  // namespace millrace::s3
