// CopyObject: an object's bytes under another name, with its headers or with new ones.
// Source: S3 API reference, CopyObject.
#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/core/digest.h"
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {

namespace {

constexpr std::uint64_t kMaxSourceBytes = std::uint64_t{5} << 30;

enum class Directive { copy, replace };

// `what`: metadata, tagging; as the header's name has it.
Directive directive_of(const Headers& headers, const char* header, const std::string& what) {
  const std::string_view text = headers.get(header);
  if (text.empty() || text == "COPY") return Directive::copy;
  if (text == "REPLACE") return Directive::replace;
  throw invalid_argument("Unknown " + what + " directive.", header, text);
}

std::optional<Algorithm> algorithm_wanted(const Headers& headers) {
  const auto name = headers.find("x-amz-checksum-algorithm");
  if (!name) return std::nullopt;
  const auto algorithm = algorithm_named(*name);
  if (!algorithm)
    throw invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid "
        "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  return algorithm;
}

// Tag and checksum are over all the bytes, even where the source was brought in parts.
asio::awaitable<Checksum> describe(S3& s3, storage::OpenObject source, std::optional<Algorithm> wanted,
                                   storage::Description* description) {
  const auto kept = checksum_of(source.object.description.attributes);
  const bool in_parts = source.object.description.tag.find('-') != std::string::npos;
  Checksum checksum;
  if (!in_parts && kept && !kept->composite && (!wanted || *wanted == kept->algorithm)) {
    description->tag = source.object.description.tag;
    checksum = *kept;
  } else {
    checksum.algorithm = wanted ? *wanted : kept ? kept->algorithm : Algorithm::crc64nvme;
    const std::uint64_t size = source.object.size;
    const Body digests = co_await digest_range(s3, std::move(source), 0, size, checksum.algorithm);
    description->tag = hex(digests.md5);
    checksum.text = base64_encode(digests.checksum(checksum.algorithm));
  }
  set_checksum(description->attributes, checksum);
  co_return checksum;
}

storage::Attributes copied_attributes(const storage::Object& source, const storage::Attributes& given) {
  storage::Attributes out = source.description.attributes;
  std::erase_if(out, [](const auto& a) {
    return a.first == kUploadAttribute || a.first == kPartsAttribute || a.first == kPartChecksumsAttribute;
  });
  // A copy's class is the request's, not the source's.
  set_attribute(out, "x-amz-storage-class", attribute(given, "x-amz-storage-class"));
  std::erase_if(out, [](const auto& a) { return a.first == "x-amz-storage-class" && a.second.empty(); });
  return out;
}

storage::Attributes attributes_of(const Headers& headers, const storage::Object& source, Directive directive,
                                  Directive tagging) {
  storage::Attributes given = kept_headers(headers);
  const std::string tags =
      attribute(tagging == Directive::replace ? given : source.description.attributes, kTagsAttribute);
  storage::Attributes out = directive == Directive::replace ? given : copied_attributes(source, given);
  std::erase_if(out, [](const auto& a) { return a.first == kTagsAttribute; });
  if (!tags.empty()) set_attribute(out, kTagsAttribute, tags);
  return out;
}

inline constexpr std::array kCopyNames{"x-amz-metadata-directive", "x-amz-tagging-directive",
                                       "x-amz-checksum-algorithm"};
constexpr auto kNames = joined(kKeptNames, kWriteConditionNames, kCopyConditionNames, kCopyNames);

struct CopyInput : OnObject, WithHeaders {
  std::string source;
};
constexpr auto kInput = shape_of<CopyInput>(
    kOnObject, field("x-amz-copy-source", &CopyInput::source, in_header),
    field("Headers", &CopyInput::headers, in_header, named(kNames)),
    ignored<std::string>("x-amz-source-expected-bucket-owner", "compared before the operation begins",
                         in_header),
    ignored<std::string>("x-amz-object-annotation-directive", "no object has annotations", in_header),
    ignored<std::vector<std::string>>("x-amz-copy-source-server-side-encryption-customer-",
                                      "no object has a customer's key", in_header,
                                      keys(one_of<"x-amz-copy-source-server-side-encryption-customer-">)));

struct CopyOutput : Encrypted, ChecksumValues {
  Text expiration;
  Time modified;
  std::string tag, checksum_type = "FULL_OBJECT";
};
constexpr auto kOutput = shape_of<CopyOutput>(
    kEncrypted, field("x-amz-expiration", &CopyOutput::expiration, in_header),
    field("LastModified", &CopyOutput::modified, TimeForm::iso8601_millis), field("ETag", &CopyOutput::tag),
    field("ChecksumType", &CopyOutput::checksum_type), kChecksumElements);

asio::awaitable<CopyOutput> copy_object(S3& s3, Request& request, CopyInput in) {
  const Headers headers = headers_of(in.headers);
  const Directive directive = directive_of(headers, "x-amz-metadata-directive", "metadata");
  const Directive tagging = directive_of(headers, "x-amz-tagging-directive", "tagging");
  const auto wanted = algorithm_wanted(headers);
  const storage::Condition condition = write_condition(headers);
  const storage::ObjectId from = copy_source_of(request.caller.account, in.source);
  const storage::ObjectId to = id_of(request, in);
  (void)co_await existing_bucket(s3, to.bucket);
  const storage::OpenObject source = co_await open_copy_source(s3, headers, from);
  storage::Description description{.tag = "",
                                   .attributes = attributes_of(headers, source.object, directive, tagging)};
  const bool itself = from.bucket.name == in.bucket && from.key == in.key;
  if (itself && directive == Directive::copy && !headers.find("x-amz-storage-class") &&
      !headers.find(kEncryptionHeader) && !wanted)
    throw invalid_request(
        "This copy request is illegal because it is trying to copy an object to itself without changing the "
        "object's metadata, storage class, website redirect location or encryption attributes.");
  if (source.object.size > kMaxSourceBytes)
    throw invalid_request(
        "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120");
  const Checksum checksum = co_await describe(s3, source, wanted, &description);
  storage::Content content = storage::FileRange{source.descriptor, 0, source.object.size};
  const auto put = co_await s3.objects.put(to, std::move(content), std::move(description), condition);
  if (!put) throw_write_error(put.error(), to, condition);
  CopyOutput out;
  out.modified = whole_seconds(put->modified);
  out.tag = quoted_tag(put->description.tag);
  out.of(checksum.algorithm) = checksum.text;
  out.expiration = co_await expiration_of(s3, to.bucket, *put);
  co_return out;
}

}  // namespace

extern const Row kCopyObject = operation("CopyObject", kInput, kOutput, copy_object)
                                   .http("PUT", "/{Bucket}/{Key+}")
                                   .writes()
                                   .on(object_resource, "s3:PutObject")
                                   .on(source_resource, "s3:GetObject");

}  // namespace millrace::s3
