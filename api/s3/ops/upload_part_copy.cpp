// UploadPartCopy: a part whose bytes are another object's, or a range of them.
// Source: S3 API reference, UploadPartCopy.
#include "api/core/base64.h"
#include "api/core/dates.h"
#include "api/core/digest.h"
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/read_object.h"

namespace millrace::s3 {

namespace {

std::optional<ByteRange> range_within(std::string_view header, std::uint64_t size) {
  try {
    return parse_range(header, size);
  } catch (const ApiError&) {
    throw invalid_request("The specified copy range is invalid for the source object size");
  }
}

// Both ends must be given here, and lie within the source.
ByteRange source_range(const Text& header, const storage::Object& source) {
  if (!header) return {0, source.size};
  const std::string_view ends = std::string_view(*header).substr(std::min<std::size_t>(6, header->size()));
  const std::optional<ByteRange> range = source.size > 0 && ends.find('-') != 0 && !ends.ends_with('-')
                                             ? range_within(*header, source.size)
                                             : std::nullopt;
  if (!range)
    throw invalid_argument(
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
        "zero-based offsets of the first and last bytes to copy",
        "x-amz-copy-source-range", *header);
  if (header->substr(header->find('-') + 1) != std::to_string(range->first + range->size - 1))
    throw invalid_argument(
        "Range specified is not valid for source object of size: " + std::to_string(source.size),
        "x-amz-copy-source-range", *header);
  return *range;
}

constexpr auto kNames = joined(kCopyConditionNames, kCustomerKeyNames);

struct CopyPartInput : OnObject, WithHeaders {
  std::string source, upload_id;
  Text part_number, range;
};
constexpr auto kInput =
    shape_of<CopyPartInput>(kOnObject, field("x-amz-copy-source", &CopyPartInput::source, in_header),
                            field("x-amz-copy-source-range", &CopyPartInput::range, in_header),
                            field("partNumber", &CopyPartInput::part_number, in_query),
                            field("uploadId", &CopyPartInput::upload_id, in_query),
                            field("Headers", &CopyPartInput::headers, in_header, named(kNames)),
                            ignored<std::string>("x-amz-source-expected-bucket-owner",
                                                 "compared before the operation begins", in_header));

struct CopyPartOutput : Encrypted, ChecksumValues {
  Time modified;
  std::string tag;
};
constexpr auto kOutput = shape_of<CopyPartOutput>(
    kEncrypted, field("LastModified", &CopyPartOutput::modified, TimeForm::iso8601_millis),
    field("ETag", &CopyPartOutput::tag), kChecksumElements);

asio::awaitable<CopyPartOutput> upload_part_copy(S3& s3, Request& request, CopyPartInput in) {
  const Headers headers = headers_of(in.headers);
  refuse_customer_keys(headers);
  const std::uint32_t number = part_number_of(in.part_number);
  const storage::UploadId id{id_of(request, in), in.upload_id};
  const storage::ObjectId from = copy_source_of(request.caller.account, in.source);
  const storage::Upload upload = co_await existing_upload(s3, id);
  const ChecksumPlan plan = plan_of(upload.attributes);
  const Algorithm algorithm = plan.algorithm;
  const storage::OpenObject source = co_await open_copy_source(s3, headers, from);
  const ByteRange range = source_range(in.range, source.object);
  const Body digests = co_await digest_range(s3, source, range.first, range.size, algorithm);
  storage::Description description{.tag = hex(digests.md5), .attributes = {}};
  add_part_checksum(description.attributes, algorithm, digests.checksum(algorithm));
  storage::Content content = storage::FileRange{source.descriptor, range.first, range.size};
  const auto put = co_await s3.objects.put_part(id, number, std::move(content), std::move(description));
  if (!put && put.error().code == storage::Errc::not_found) throw no_such_upload(id.id);
  if (!put) throw_write_error(put.error(), id.object, {});
  CopyPartOutput out;
  out.modified = whole_seconds(put->modified);
  out.tag = quoted_tag(put->description.tag);
  if (plan.declared) out.of(algorithm) = base64_encode(digests.checksum(algorithm));
  co_return out;
}

}  // namespace

extern const Row kUploadPartCopy =
    operation("UploadPartCopy", kInput, kOutput, upload_part_copy)
        .http("PUT", "/{Bucket}/{Key+}?partNumber&uploadId", 200, "CopyPartResult")
        .writes()
        .on(object_resource, "s3:PutObject")
        .on(source_resource, "s3:GetObject");

}  // namespace millrace::s3
