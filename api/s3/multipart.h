// The rules of objects that are brought in parts: how their checksums are made, and what completes them.
// Source: S3 user guide, "Uploading and copying objects using multipart upload", "Checking object integrity".
#pragma once

#include "api/s3/object_headers.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

inline constexpr std::uint32_t kMaxPartNumber = 10'000;
inline constexpr std::uint64_t kMinPartBytes = 5u << 20;  // of all but the last

// How the checksum of an upload's object is made.
struct ChecksumPlan {
  Algorithm algorithm = Algorithm::crc64nvme;
  bool declared = false;   // by whoever created the upload
  bool composite = false;  // over the parts' checksums, not over the bytes
};

// Of CreateMultipartUpload's headers. Throws InvalidRequest.
[[nodiscard]] ChecksumPlan plan_of(const Headers& headers);
void set_plan(storage::Attributes& attributes, const ChecksumPlan& plan);
// Of an upload's attributes.
[[nodiscard]] ChecksumPlan plan_of(const storage::Attributes& attributes);

// Throws InvalidArgument unless 1 to 10000.
[[nodiscard]] std::uint32_t part_number_of(const Text& text);

// A part as CompleteMultipartUpload names it.
struct NamedPart {
  std::uint32_t number = 0;
  std::string tag;
  std::optional<Checksum> checksum;
};
struct CompletedPart : ChecksumValues {
  Text number, tag;
};
struct CompletedUpload {
  std::vector<CompletedPart> parts;
};
constexpr auto kCompletedPart = shape_of<CompletedPart>(
    field("PartNumber", &CompletedPart::number), field("ETag", &CompletedPart::tag), kChecksumElements);
constexpr auto kCompletedUpload = shape<CompletedUpload>(field(
    "Parts", &CompletedUpload::parts, in_xml("Part"), flattened, length(0, kMaxPartNumber), kCompletedPart));
// Throws MalformedXML, InvalidPartOrder, InvalidRequest (no parts).
[[nodiscard]] std::vector<NamedPart> named_parts(const CompletedUpload& named, std::string_view upload);

// The parts that are named, out of those that were brought. Throws InvalidPart, EntityTooSmall, BadDigest,
// InvalidRequest (a composite checksum needs each part's).
[[nodiscard]] std::vector<storage::Part> chosen_parts(const std::vector<NamedPart>& named,
                                                      const std::vector<storage::Part>& brought,
                                                      const ChecksumPlan& plan, const std::string& upload);

// "<hex MD5 of the parts' raw MD5s>-<number of parts>".
[[nodiscard]] std::string tag_of_parts(const std::vector<storage::Part>& parts);
// Keeps the parts' sizes and, under a declared algorithm, their checksums with the object.
void set_parts(storage::Attributes& attributes, const ChecksumPlan& plan,
               const std::vector<storage::Part>& parts);
struct ObjectPart {
  std::uint64_t size = 0;
  std::string checksum;  // in base64; empty: not known
};
// What set_parts() kept; empty for an object that was put at once.
[[nodiscard]] std::vector<ObjectPart> parts_of(const storage::Attributes& attributes);

[[nodiscard]] Checksum checksum_of_parts(const ChecksumPlan& plan, const std::vector<storage::Part>& parts);

}  // namespace millrace::s3
