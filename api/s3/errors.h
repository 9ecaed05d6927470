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

// Of those that have identifiers.
ApiError no_such_configuration();

ApiError bucket_already_owned(std::string_view bucket);
ApiError bucket_not_empty(std::string_view bucket);
ApiError invalid_bucket_name(std::string_view bucket);
ApiError invalid_location(std::string_view location);
// `location`: what the request asks for; empty: nothing.
ApiError illegal_location(std::string_view location);
ApiError key_too_long(std::size_t size);
ApiError invalid_uri();

ApiError precondition_failed(std::string_view condition);
// `more`: what of the header's value is not implemented.
ApiError not_implemented(std::string_view header, std::string_view more = {});
ApiError operation_not_implemented(std::string_view what);
ApiError method_not_allowed(std::string_view method, std::string_view resource);

ApiError invalid_range(std::string_view range, std::uint64_t size);
ApiError invalid_part_number_read(std::uint64_t number, std::uint64_t parts);
ApiError malformed_xml();
ApiError versioning_not_specified();
ApiError invalid_argument(std::string_view message, std::string_view name, std::string_view value);
ApiError invalid_argument(std::string_view message, std::string_view name);
ApiError invalid_request(std::string_view message);
ApiError bad_request(std::string_view message);
ApiError invalid_tag(std::string_view message, std::string_view key);
ApiError invalid_tag_value(std::string_view message, std::string_view key, std::string_view value);
ApiError invalid_storage_class(std::string_view name);
ApiError metadata_too_large(std::size_t size);

ApiError bad_digest(std::string_view algorithm);
// `algorithm`: in the case that the message has it.
ApiError bad_part_digest(std::string_view algorithm, std::uint32_t part);
// Both are raw digests.
ApiError bad_content_md5(std::string_view expected, std::string_view calculated);
ApiError bad_content_md5_of_part(std::string_view expected, std::string_view calculated);
ApiError invalid_digest(std::string_view value);
ApiError content_sha256_mismatch(std::string_view sent, std::string_view computed);
ApiError incomplete_body();
ApiError missing_content_length();
ApiError malformed_trailer();
ApiError entity_too_large(std::uint64_t limit, std::uint64_t size = 0);
ApiError request_timeout();
ApiError entity_too_small(std::uint64_t size, std::uint64_t limit, std::uint32_t part, std::string_view tag);
ApiError invalid_part(std::string_view upload, std::uint32_t part, std::string_view tag);
ApiError invalid_part_order(std::string_view upload);

// Of bucket policies.
ApiError malformed_policy(std::string_view reason);
ApiError policy_too_large();
// `caller` and `bucket`: their ARNs.
ApiError public_policy_blocked(std::string_view caller, std::string_view bucket);

ApiError access_denied(std::string_view reason = "Access Denied");
ApiError headers_not_signed(std::string_view header);
ApiError invalid_bucket_owner(std::string_view owner);
ApiError acl_not_supported();
ApiError bucket_acl_with_ownership();
ApiError invalid_encryption(std::string_view algorithm);
// No bucket has an Object Lock configuration.
ApiError lock_configuration_missing();
ApiError lock_needs_versioning();
// Of an object that is written: one header of the two that go together is `missing`.
ApiError lock_header_missing(std::string_view missing);

ApiError operation_aborted();
ApiError conditional_conflict(std::string_view condition, std::string_view key);
ApiError slow_down();
ApiError internal_error();

}  // namespace millrace::s3
