// An object's headers: which are kept when it is put, in what form storage keeps them, and how an answer
// shows them. Storage's attributes are the header's name in lower case, or one of ours, with a colon in
// front.
#pragma once

#include <optional>

#include "api/core/message.h"
#include "api/s3/checksum.h"
#include "storage/objects.h"

namespace millrace::s3 {

// A checksum as it is kept: "<base64>", or "<base64>-<parts>" of a composite one.
struct Checksum {
  Algorithm algorithm = Algorithm::crc64nvme;
  std::string text;
  bool composite = false;
};

// COMPOSITE or FULL_OBJECT.
[[nodiscard]] inline std::string_view type_name(bool composite) {
  return composite ? "COMPOSITE" : "FULL_OBJECT";
}

// The headers that are kept with the object. Throws NotImplemented for those that ask for what is not here
// (keys of KMS or the customer, locks, grants), MetadataTooLarge, InvalidStorageClass,
// InvalidEncryptionAlgorithmError, AccessControlListNotSupported.
[[nodiscard]] storage::Attributes kept_headers(const Headers& headers);

// STANDARD where none was said.
[[nodiscard]] std::string storage_class_of(const storage::Attributes& attributes);

[[nodiscard]] std::string attribute(const storage::Attributes& attributes, std::string_view name);
void set_attribute(storage::Attributes& attributes, std::string_view name, std::string value);

void set_checksum(storage::Attributes& attributes, const Checksum& checksum);
// The checksum of the whole object; of a part, the first of its checksums.
[[nodiscard]] std::optional<Checksum> checksum_of(const storage::Attributes& attributes);

// Checksums of a part: more than one may be kept.
void add_part_checksum(storage::Attributes& attributes, Algorithm a, const std::string& raw);
[[nodiscard]] std::optional<std::string> part_checksum(const storage::Attributes& attributes, Algorithm a);

inline constexpr std::string_view kTagsAttribute = ":tags";      // as kept_tags() has them
inline constexpr std::string_view kUploadAttribute = ":upload";  // the upload that the object came by
inline constexpr std::string_view kPartsAttribute = ":parts";    // its parts' sizes, separated by commas
inline constexpr std::string_view kPartChecksumsAttribute = ":part-checksums";  // theirs, in base64, likewise
inline constexpr std::string_view kAlgorithmAttribute = ":algorithm";           // an upload's
inline constexpr std::string_view kTypeAttribute = ":checksum-type";            // COMPOSITE, FULL_OBJECT

// x-amz-tagging-count, where there are tags.
void add_tagging_count(HttpResponse& response, const storage::Object& object);

// Every object is said to be encrypted with keys of S3's own, as each is on AWS since 2023.
inline constexpr std::string_view kEncryptionHeader = "x-amz-server-side-encryption";
void add_encryption_header(HttpResponse& response);
// Of an operation that stores nothing new: the headers of keys that only their owner has. Throws
// InvalidRequest.
void refuse_customer_keys(const Headers& headers);

// Adds ETag, Last-Modified, encryption and the kept headers.
void add_object_headers(HttpResponse& response, const storage::Object& object);
void add_checksum_headers(HttpResponse& response, const Checksum& checksum);

[[nodiscard]] std::string lower_case(std::string_view text);

[[nodiscard]] std::string quoted_tag(std::string_view tag);
[[nodiscard]] std::string_view unquoted_tag(std::string_view tag);

}  // namespace millrace::s3
