// Every error of S3, once. Sources of the texts: the S3 API reference's list of error codes and recordings of
// AWS. The elements behind code and message go into the error's detail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/error.h"

namespace millrace::s3 {

ApiError no_such_bucket(std::string_view bucket);
ApiError no_such_key(std::string_view key);
ApiError no_such_upload(std::string_view upload);
ApiError no_such_version(std::string_view key, std::string_view version);
// A bucket's setting that it does not have: NoSuchBucketPolicy and its like.
ApiError no_such_setting(std::string_view code, std::string_view message, std::string_view bucket);

ApiError bucket_already_owned(std::string_view bucket);
ApiError bucket_not_empty(std::string_view bucket);
ApiError invalid_bucket_name(std::string_view bucket);
ApiError invalid_location(std::string_view location);
ApiError key_too_long(std::size_t size);
ApiError invalid_uri();

ApiError precondition_failed(std::string_view condition);
ApiError not_implemented(std::string_view header);
ApiError operation_not_implemented(std::string_view what);
ApiError method_not_allowed(std::string_view method, std::string_view resource);

ApiError invalid_range(std::string_view range, std::uint64_t size);
ApiError invalid_part_number_read(std::uint64_t number, std::uint64_t parts);
ApiError malformed_xml();
ApiError invalid_argument(std::string_view message, std::string_view name, std::string_view value);
ApiError invalid_request(std::string_view message);
ApiError invalid_storage_class(std::string_view name);
ApiError metadata_too_large(std::size_t size);

ApiError bad_digest(std::string_view algorithm);
ApiError bad_content_md5();
ApiError invalid_digest(std::string_view value);
ApiError content_sha256_mismatch(std::string_view sent, std::string_view computed);
ApiError incomplete_body();
ApiError missing_content_length();
ApiError malformed_trailer();
ApiError entity_too_large(std::uint64_t limit);
ApiError entity_too_small(std::uint64_t size, std::uint64_t limit, std::uint32_t part, std::string_view tag);
ApiError invalid_part(std::string_view upload, std::uint32_t part, std::string_view tag);
ApiError invalid_part_order();

ApiError access_denied();
ApiError request_expired(std::string_view expires, std::string_view now);
ApiError malformed_authorization(std::string_view reason);
ApiError malformed_presigned(std::string_view reason);

ApiError operation_aborted();
ApiError slow_down();
ApiError internal_error();

}  // namespace millrace::s3
