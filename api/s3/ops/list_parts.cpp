// ListParts: what was brought of an upload.
// Source: S3 API reference, ListParts.
#include <algorithm>

#include "api/core/base64.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxParts = 1000;

struct ListPartsInput : OnObject {
  std::string upload_id;
  Text max_parts, marker;
};
constexpr auto kInput = shape_of<ListPartsInput>(
    kOnObject, field("uploadId", &ListPartsInput::upload_id, in_query),
    field("max-parts", &ListPartsInput::max_parts, in_query),
    field("part-number-marker", &ListPartsInput::marker, in_query),
    ignored<std::vector<std::string>>("x-amz-server-side-encryption-customer-", "the parts have no such key",
                                      in_header, named(kCustomerKeyNames)));

struct ListedPart : ChecksumValues {
  std::int64_t number = 0, size = 0;
  Time modified;
  std::string tag;
};
constexpr auto kListedPart = shape_of<ListedPart>(
    field("PartNumber", &ListedPart::number),
    field("LastModified", &ListedPart::modified, TimeForm::iso8601_millis), field("ETag", &ListedPart::tag),
    kChecksumElements, field("Size", &ListedPart::size));
struct ListPartsOutput : ChecksumKind {
  std::string bucket, key, upload_id;
  Initiator initiator;
  Owner owner;
  std::string storage_class;
  std::int64_t marker = 0, next_marker = 0, max_parts = 0;
  bool truncated = false;
  std::vector<ListedPart> parts;
};
constexpr auto kOutput = shape_of<ListPartsOutput>(
    field("Bucket", &ListPartsOutput::bucket), field("Key", &ListPartsOutput::key),
    field("UploadId", &ListPartsOutput::upload_id),
    field("Initiator", &ListPartsOutput::initiator, kInitiator),
    field("Owner", &ListPartsOutput::owner, kOwner), field("StorageClass", &ListPartsOutput::storage_class),
    field("PartNumberMarker", &ListPartsOutput::marker),
    field("NextPartNumberMarker", &ListPartsOutput::next_marker),
    field("MaxParts", &ListPartsOutput::max_parts), field("IsTruncated", &ListPartsOutput::truncated),
    kChecksumKind, field("Parts", &ListPartsOutput::parts, in_xml("Part"), flattened, kListedPart));

// A checksum is shown under the algorithm that the upload declared.
ListedPart listed(const storage::Part& part, const ChecksumPlan& plan) {
  ListedPart out;
  out.number = part.number;
  out.modified = whole_seconds(part.modified);
  out.tag = quoted_tag(part.description.tag);
  out.size = static_cast<std::int64_t>(part.size);
  if (const auto raw = part_checksum(part.description.attributes, plan.algorithm);
      plan.declared && raw && !raw->empty())
    out.of(plan.algorithm) = base64_encode(*raw);
  return out;
}

asio::awaitable<ListPartsOutput> list_parts(S3& s3, Request& request, ListPartsInput in) {
  const storage::UploadId id{id_of(request, in), in.upload_id};
  const storage::Upload upload = co_await existing_upload(s3, id);
  const std::size_t limit = std::min(count_of(in.max_parts, "max-parts", kMaxParts), kMaxParts);
  const auto after = static_cast<std::uint32_t>(count_of(in.marker, "part-number-marker", 0));
  auto parts = or_throw(co_await s3.objects.parts(id, after, limit + 1));
  const bool truncated = parts.size() > limit && limit > 0;
  parts.resize(std::min(parts.size(), limit));
  const ChecksumPlan plan = plan_of(upload.attributes);
  ListPartsOutput out;
  out.bucket = std::move(in.bucket);
  out.key = std::move(in.key);
  out.upload_id = std::move(in.upload_id);
  out.initiator = initiator_of(request);
  out.owner = owner_of(request);
  out.storage_class = storage_class_of(upload.attributes);
  out.marker = after;
  out.next_marker = parts.empty() ? 0 : parts.back().number;
  out.max_parts = static_cast<std::int64_t>(limit);
  out.truncated = truncated;
  if (plan.declared) {
    out.checksum_algorithm = name_of(plan.algorithm);
    out.checksum_type = type_name(plan.composite);
  }
  for (const storage::Part& part : parts) out.parts.push_back(listed(part, plan));
  co_return out;
}

}  // namespace

extern const Row kListParts = operation("ListParts", kInput, kOutput, list_parts)
                                  .http("GET", "/{Bucket}/{Key+}?uploadId")
                                  .reads()
                                  .on(object_resource, "s3:ListMultipartUploadParts");

}  // namespace millrace::s3
