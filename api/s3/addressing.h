// Which bucket and key a request means: path style, and virtual-host style below localhost.
#pragma once

#include "api/s3/head.h"

namespace millrace::s3 {

// Throws InvalidURI, KeyTooLongError, InvalidBucketName.
[[nodiscard]] Head head_of(Request& request);

// The path of the request, percent-encoded, with its bucket at the front also in virtual-host style.
[[nodiscard]] std::string path_of(const HttpRequest& http);

// Source: S3 user guide, "General purpose bucket naming rules".
[[nodiscard]] bool is_bucket_name(std::string_view name);
// 1 to 1024 bytes of UTF-8; throws KeyTooLongError, InvalidURI.
void check_key(std::string_view key);
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace millrace::s3
