#include "api/s3/object_headers.h"

#include <algorithm>

#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/s3/errors.h"
#include "api/s3/header_text.h"
#include "api/s3/tags.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kMetadataPrefix = "x-amz-meta-";
constexpr std::string_view kChecksumPrefix = ":checksum:";
constexpr std::string_view kStorageClass = "x-amz-storage-class";
constexpr std::size_t kMaxMetadataBytes = 2048;
constexpr std::string_view kKept[] = {"content-type", "cache-control", "content-disposition",
                                      "content-language", "expires"};
// They promise what this store does not do; dropping them would break the promise silently.
constexpr std::string_view kRefusedPrefixes[] = {
    "x-amz-server-side-encryption-", "x-amz-website-redirect-location", "x-amz-write-offset-bytes"};
constexpr std::string_view kLockMode = "x-amz-object-lock-mode",
                           kLockUntil = "x-amz-object-lock-retain-until-date",
                           kLegalHold = "x-amz-object-lock-legal-hold";
constexpr std::string_view kKmsAlgorithms[] = {"aws:kms", "aws:kms:dsse", "aws:fsx"};
constexpr std::string_view kBucketKey = "x-amz-server-side-encryption-bucket-key-enabled";
constexpr std::string_view kPrivateAcls[] = {"private", "bucket-owner-full-control", "bucket-owner-read"};
// Those whose objects can be read at once; a class is a label here.
constexpr std::string_view kClasses[] = {"STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                         "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"};
constexpr std::string_view kColdClasses[] = {"GLACIER", "DEEP_ARCHIVE"};

template <std::size_t N>
bool one_of(std::string_view text, const std::string_view (&all)[N]) {
  return std::find(std::begin(all), std::end(all), text) != std::end(all);
}

void check_encryption(const std::string& algorithm) {
  if (one_of(algorithm, kKmsAlgorithms)) throw not_implemented(kEncryptionHeader, "Keys of KMS");
  if (algorithm != "AES256") throw invalid_encryption(algorithm);
}

void refuse_unsupported(const std::string& name, const std::string& value) {
  if (name == kEncryptionHeader) check_encryption(value);
  if (name == kBucketKey && equals_ignoring_case(value, "false")) return;
  for (const std::string_view prefix : kRefusedPrefixes)
    if (name.starts_with(prefix)) throw not_implemented(name);
  // A bucket's owner owns what is in it: BucketOwnerEnforced.
  if (name.starts_with("x-amz-grant-") || (name == "x-amz-acl" && !one_of(value, kPrivateAcls)))
    throw acl_not_supported();
  if (name == kStorageClass) {
    if (one_of(value, kColdClasses)) throw not_implemented(name);
    if (!one_of(value, kClasses)) throw invalid_storage_class(value);
  }
}

void refuse_locks(const Headers& headers) {
  const bool mode = headers.find(kLockMode).has_value(), until = headers.find(kLockUntil).has_value();
  if (mode != until) throw lock_header_missing(mode ? kLockUntil : kLockMode);
  if (mode || headers.find(kLegalHold)) throw lock_configuration_missing();
}

// Without "aws-chunked", which is of the request and not of the object.
std::string without_chunked(std::string_view encodings) {
  std::string out;
  while (!encodings.empty()) {
    std::string_view one = encodings.substr(0, encodings.find(','));
    encodings.remove_prefix(std::min(one.size() + 1, encodings.size()));
    std::string_view name = one;
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.empty() || equals_ignoring_case(name, "aws-chunked")) continue;
    if (out.empty()) {
      out = name;
    } else {
      out.append(",").append(one);
    }
  }
  return out;
}

std::string attribute_of(Algorithm a) { return std::string(kChecksumPrefix).append(name_of(a)); }

}  // namespace

storage::Attributes kept_headers(const Headers& headers) {
  refuse_locks(headers);
  storage::Attributes out;
  std::size_t metadata_bytes = 0;
  for (const auto& [given_name, value] : headers) {
    const std::string name = lower_case(given_name);
    refuse_unsupported(name, value);
    if (name.starts_with(kMetadataPrefix)) {
      const std::string text = decoded_header(value);
      metadata_bytes += name.size() - kMetadataPrefix.size() + text.size();
      // A header that is repeated is a list.
      if (const std::string before = attribute(out, name); !before.empty()) {
        set_attribute(out, name, before + "," + text);
      } else {
        out.emplace_back(name, text);
      }
    } else if (one_of(name, kKept)) {
      set_attribute(out, name, value);
    } else if (name == kStorageClass && value != "STANDARD") {
      set_attribute(out, name, value);
    } else if (name == "x-amz-tagging") {
      if (const Tags tags = tags_of_header(value); !tags.empty())
        set_attribute(out, kTagsAttribute, kept_tags(tags));
    } else if (name == "content-encoding") {
      if (std::string kept = without_chunked(value); !kept.empty()) set_attribute(out, name, std::move(kept));
    }
  }
  if (metadata_bytes > kMaxMetadataBytes) throw metadata_too_large(metadata_bytes);
  if (attribute(out, "content-type").empty()) set_attribute(out, "content-type", "binary/octet-stream");
  return out;
}

std::string storage_class_of(const storage::Attributes& attributes) {
  std::string kept = attribute(attributes, kStorageClass);
  return kept.empty() ? "STANDARD" : kept;
}

std::string attribute(const storage::Attributes& attributes, std::string_view name) {
  for (const auto& [n, value] : attributes)
    if (n == name) return value;
  return {};
}

void set_attribute(storage::Attributes& attributes, std::string_view name, std::string value) {
  std::erase_if(attributes, [&](const auto& a) { return a.first == name; });
  attributes.emplace_back(name, std::move(value));
}

void set_checksum(storage::Attributes& attributes, const Checksum& checksum) {
  std::erase_if(attributes, [](const auto& a) { return a.first.starts_with(kChecksumPrefix); });
  attributes.emplace_back(attribute_of(checksum.algorithm), checksum.text);
  set_attribute(attributes, kTypeAttribute, std::string(type_name(checksum.composite)));
}

std::optional<Checksum> checksum_of(const storage::Attributes& attributes) {
  for (const auto& [name, value] : attributes) {
    if (!name.starts_with(kChecksumPrefix)) continue;
    if (const auto a = algorithm_named(std::string_view(name).substr(kChecksumPrefix.size())))
      return Checksum{*a, value, attribute(attributes, kTypeAttribute) == "COMPOSITE"};
  }
  return std::nullopt;
}

void add_part_checksum(storage::Attributes& attributes, Algorithm a, const std::string& raw) {
  set_attribute(attributes, attribute_of(a), base64_encode(raw));
}

std::optional<std::string> part_checksum(const storage::Attributes& attributes, Algorithm a) {
  return base64_decode(attribute(attributes, attribute_of(a)));
}

void add_object_headers(HttpResponse& response, const storage::Object& object) {
  response.headers.add("Last-Modified", http_date(object.modified));
  response.headers.add("ETag", quoted_tag(object.description.tag));
  add_encryption_header(response);
  for (const auto& [name, value] : object.description.attributes)
    if (!name.starts_with(':'))
      response.headers.add(name, name.starts_with(kMetadataPrefix) ? encoded_header(value) : value);
}

void add_tagging_count(HttpResponse& response, const storage::Object& object) {
  const std::size_t count = count_of_kept(attribute(object.description.attributes, kTagsAttribute));
  if (count > 0) response.headers.add("x-amz-tagging-count", std::to_string(count));
}

void add_encryption_header(HttpResponse& response) {
  response.headers.add(std::string(kEncryptionHeader), "AES256");
}

void refuse_customer_keys(const Headers& headers) {
  for (const char* name :
       {"x-amz-server-side-encryption-customer-algorithm", "x-amz-server-side-encryption-customer-key",
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
        "x-amz-copy-source-server-side-encryption-customer-key"})
    if (headers.find(name))
      throw invalid_request("The encryption parameters are not applicable to this object.");
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

void add_checksum_headers(HttpResponse& response, const Checksum& checksum) {
  response.headers.add(header_of(checksum.algorithm), checksum.text);
  response.headers.add("x-amz-checksum-type", std::string(type_name(checksum.composite)));
}

std::string quoted_tag(std::string_view tag) {
  std::string out = "\"";
  return out.append(tag).append("\"");
}

std::string_view unquoted_tag(std::string_view tag) {
  // AWS does not insist on both quotes.
  if (tag.starts_with('"')) tag.remove_prefix(1);
  if (tag.ends_with('"')) tag.remove_suffix(1);
  return tag;
}

}  // namespace millrace::s3
