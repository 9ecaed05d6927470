#include "api/s3/object_headers.h"

#include <algorithm>

#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/s3/errors.h"

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
    "x-amz-server-side-encryption",    "x-amz-tagging",           "x-amz-object-lock-", "x-amz-grant-",
    "x-amz-website-redirect-location", "x-amz-write-offset-bytes"};
constexpr std::string_view kPrivateAcls[] = {"private", "bucket-owner-full-control", "bucket-owner-read"};
// Those whose objects can be read at once; a class is a label here.
constexpr std::string_view kClasses[] = {"STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                         "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"};
constexpr std::string_view kColdClasses[] = {"GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW",
                                             "EXPRESS_ONEZONE"};

template <std::size_t N>
bool one_of(std::string_view text, const std::string_view (&all)[N]) {
  return std::find(std::begin(all), std::end(all), text) != std::end(all);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

void refuse_unsupported(const std::string& name, const std::string& value) {
  for (const std::string_view prefix : kRefusedPrefixes)
    if (name.starts_with(prefix) && name != "x-amz-tagging-directive") throw not_implemented(name);
  if (name == "x-amz-acl" && !one_of(value, kPrivateAcls)) throw not_implemented(name);
  if (name == kStorageClass) {
    if (one_of(value, kColdClasses)) throw not_implemented(name);
    if (!one_of(value, kClasses)) throw invalid_storage_class(value);
  }
}

// Without "aws-chunked", which is of the request and not of the object.
std::string without_chunked(std::string_view encodings) {
  std::string out;
  while (!encodings.empty()) {
    std::string_view one = encodings.substr(0, encodings.find(','));
    encodings.remove_prefix(std::min(one.size() + 1, encodings.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.empty() || equals_ignoring_case(one, "aws-chunked")) continue;
    if (!out.empty()) out += ",";
    out += one;
  }
  return out;
}

std::string attribute_of(Algorithm a) { return std::string(kChecksumPrefix).append(name_of(a)); }

}  // namespace

storage::Attributes kept_headers(const Headers& headers) {
  storage::Attributes out;
  std::size_t metadata_bytes = 0;
  for (const auto& [given_name, value] : headers) {
    const std::string name = lower(given_name);
    refuse_unsupported(name, value);
    if (name.starts_with(kMetadataPrefix)) {
      metadata_bytes += name.size() - kMetadataPrefix.size() + value.size();
      // A header that is repeated is a list.
      if (const std::string before = attribute(out, name); !before.empty()) {
        set_attribute(out, name, before + "," + value);
      } else {
        out.emplace_back(name, value);
      }
    } else if (one_of(name, kKept)) {
      set_attribute(out, name, value);
    } else if (name == kStorageClass && value != "STANDARD") {
      set_attribute(out, name, value);
    } else if (name == "content-encoding") {
      if (std::string kept = without_chunked(value); !kept.empty()) set_attribute(out, name, std::move(kept));
    }
  }
  if (metadata_bytes > kMaxMetadataBytes) throw metadata_too_large(metadata_bytes);
  if (attribute(out, "content-type").empty()) set_attribute(out, "content-type", "binary/octet-stream");
  return out;
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
  set_attribute(attributes, kTypeAttribute, checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
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
  for (const auto& [name, value] : object.description.attributes)
    if (!name.starts_with(':')) response.headers.add(name, value);
}

void add_checksum_headers(HttpResponse& response, const Checksum& checksum) {
  response.headers.add(header_of(checksum.algorithm), checksum.text);
  response.headers.add("x-amz-checksum-type", checksum.composite ? "COMPOSITE" : "FULL_OBJECT");
}

std::string quoted_tag(std::string_view tag) {
  std::string out = "\"";
  return out.append(tag).append("\"");
}

std::string_view unquoted_tag(std::string_view tag) {
  if (tag.size() >= 2 && tag.starts_with('"') && tag.ends_with('"')) return tag.substr(1, tag.size() - 2);
  return tag;
}

}  // namespace millrace::s3
