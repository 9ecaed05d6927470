// What the shapes of several operations have in common. The members of S3's requests are texts: their
// constraints, and what is said of a violation, are S3's own.
#pragma once

#include "api/core/header_fields.h"
#include "api/core/members.h"
#include "api/core/operation.h"
#include "api/s3/access.h"
#include "api/s3/operation.h"

namespace millrace::s3 {

using Text = std::optional<std::string>;

// ---- What a request is about ----

struct OnBucket {
  std::string bucket;
};
struct OnObject : OnBucket {
  std::string key;
};
[[nodiscard]] storage::BucketId id_of(const Request& request, const OnBucket& in);
[[nodiscard]] storage::ObjectId id_of(const Request& request, const OnObject& in);
// As the path has it, before the input is decoded.
[[nodiscard]] storage::BucketId bucket_of(const Request& request);

constexpr auto kOnBucket = members(
    field("Bucket", &OnBucket::bucket, in_path),
    ignored<std::string>("x-amz-expected-bucket-owner", "compared before the operation begins", in_header),
    ignored<std::string>("x-amz-request-payer", "nobody pays for requests", in_header));
constexpr auto kOnObject =
    members(kOnBucket, field("Key", &OnObject::key, in_path),
            ignored<std::string>(
                "versionId", "checked before the operation begins: each object has the null version alone",
                in_query));

// ---- Bodies ----

constexpr const char* kTaken = "compared with the body as it is taken";
constexpr auto kDigests = members(ignored<std::string>("Content-MD5", kTaken, in_header),
                                  ignored<std::string>("x-amz-sdk-checksum-algorithm", kTaken, in_header));
constexpr auto kUploadDigests = members(
    kDigests, ignored<std::string>("Content-Length", "read by HTTP", in_header),
    ignored<std::vector<std::string>>("x-amz-checksum-", kTaken, in_header, keys(one_of<"x-amz-checksum-">)));

// ---- Headers that are read by their names ----

inline constexpr std::array kKeptNames{"Cache-Control",
                                       "Content-Disposition",
                                       "Content-Encoding",
                                       "Content-Language",
                                       "Content-Type",
                                       "Expires",
                                       "x-amz-acl",
                                       "x-amz-grant-",
                                       "x-amz-meta-",
                                       "x-amz-object-lock-",
                                       "x-amz-server-side-encryption",
                                       "x-amz-server-side-encryption-",
                                       "x-amz-storage-class",
                                       "x-amz-tagging",
                                       "x-amz-website-redirect-location",
                                       "x-amz-write-offset-bytes"};
inline constexpr std::array kWriteConditionNames{"If-Match", "If-None-Match"};
inline constexpr std::array kReadConditionNames{"If-Match", "If-None-Match", "If-Modified-Since",
                                                "If-Unmodified-Since"};
inline constexpr std::array kCopyConditionNames{
    "x-amz-copy-source-If-Match", "x-amz-copy-source-If-None-Match", "x-amz-copy-source-If-Modified-Since",
    "x-amz-copy-source-If-Unmodified-Since"};
inline constexpr std::array kCustomerKeyNames{"x-amz-server-side-encryption-customer-",
                                              "x-amz-copy-source-server-side-encryption-customer-"};
struct WithHeaders {
  HeaderFields headers;
};

// ---- Answers ----

// Every object is said to be encrypted, as kEncryptionHeader says.
struct Encrypted {
  std::string encryption = "AES256";
};
constexpr auto kEncrypted = members(field("x-amz-server-side-encryption", &Encrypted::encryption, in_header));

struct ChecksumValues {
  Text crc32, crc32c, crc64nvme, sha1, sha256;

  [[nodiscard]] Text& of(Algorithm a);
  [[nodiscard]] const Text& of(Algorithm a) const { return const_cast<ChecksumValues*>(this)->of(a); }
};
constexpr auto kChecksumHeaders =
    members(field("x-amz-checksum-crc32", &ChecksumValues::crc32, in_header),
            field("x-amz-checksum-crc32c", &ChecksumValues::crc32c, in_header),
            field("x-amz-checksum-crc64nvme", &ChecksumValues::crc64nvme, in_header),
            field("x-amz-checksum-sha1", &ChecksumValues::sha1, in_header),
            field("x-amz-checksum-sha256", &ChecksumValues::sha256, in_header));
constexpr auto kChecksumElements =
    members(field("ChecksumCRC32", &ChecksumValues::crc32), field("ChecksumCRC32C", &ChecksumValues::crc32c),
            field("ChecksumCRC64NVME", &ChecksumValues::crc64nvme),
            field("ChecksumSHA1", &ChecksumValues::sha1), field("ChecksumSHA256", &ChecksumValues::sha256));

// The algorithm and the type of a checksum, without its value.
struct ChecksumKind {
  Text checksum_algorithm, checksum_type;
};
constexpr auto kChecksumKind = members(field("ChecksumAlgorithm", &ChecksumKind::checksum_algorithm),
                                       field("ChecksumType", &ChecksumKind::checksum_type));

// AWS names owners by their ID alone since November 2025, and initiators of uploads still by their name, too.
struct Owner {
  std::string id;
};
constexpr auto kOwner = shape<Owner>(field("ID", &Owner::id));
[[nodiscard]] inline Owner owner_of(const Request& request) { return {request.caller.account}; }
struct Initiator {
  std::string id, display_name;
};
constexpr auto kInitiator =
    shape<Initiator>(field("ID", &Initiator::id), field("DisplayName", &Initiator::display_name));
[[nodiscard]] inline Initiator initiator_of(const Request& request) {
  return {request.caller.account, request.caller.account};
}

// An answer whose body is written by hand, or as it is kept.
struct Document {
  std::string content_type = "application/xml";
  Blob body;
};
constexpr auto kDocument = members(field("Content-Type", &Document::content_type, in_header),
                                   field("Body", &Document::body, in_payload));

}  // namespace millrace::s3
