// Which bucket and key a request means: path style, and virtual-host style below localhost.
#pragma once

#include "api/s3/operation.h"

namespace millrace::s3 {

// Throws InvalidURI, KeyTooLongError, InvalidBucketName.
[[nodiscard]] Call call_of(Request& request);

[[nodiscard]] inline Level level_of(const Call& call) {
  return !call.key.empty() ? Level::object : !call.bucket.empty() ? Level::bucket : Level::service;
}

// Source: S3 user guide, "General purpose bucket naming rules".
[[nodiscard]] bool is_bucket_name(std::string_view name);
// 1 to 1024 bytes of UTF-8; throws KeyTooLongError, InvalidURI.
void check_key(std::string_view key);
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace millrace::s3
