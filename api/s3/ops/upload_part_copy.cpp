// UploadPartCopy: a part whose bytes are another object's, or a range of them.
// Source: S3 API reference, UploadPartCopy.
#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/read_object.h"
#include "api/s3/request_xml.h"

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
ByteRange source_range(const Call& call, const storage::Object& source) {
  const auto header = call.headers().find("x-amz-copy-source-range");
  if (!header) return {0, source.size};
  const std::string_view ends = header->substr(std::min<std::size_t>(6, header->size()));
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

asio::awaitable<HttpResponse> upload_part_copy(S3& s3, Call& call) {
  refuse_customer_keys(call.headers());
  const std::uint32_t number = part_number_of(call);
  const storage::UploadId id = upload_id_of(call);
  const storage::ObjectId from = copy_source_of(call);
  const storage::Upload upload = co_await existing_upload(s3, id);
  const ChecksumPlan plan = plan_of(upload.attributes);
  const Algorithm algorithm = plan.algorithm;
  const storage::OpenObject source = co_await open_copy_source(s3, call, from);
  const ByteRange range = source_range(call, source.object);
  const Body digests = co_await digest_range(s3, source, range.first, range.size, algorithm);
  storage::Description description{.tag = hex(digests.md5), .attributes = {}};
  add_part_checksum(description.attributes, algorithm, digests.checksum(algorithm));
  storage::Content content = storage::FileRange{source.descriptor, range.first, range.size};
  const auto put = co_await s3.objects.put_part(id, number, std::move(content), std::move(description));
  if (!put && put.error().code == storage::Errc::not_found) throw no_such_upload(id.id);
  if (!put) throw_write_error(put.error(), id.object, {});
  XmlWriter xml;
  xml.open("CopyPartResult", kNamespace);
  xml.element("LastModified", xml_time(put->modified));
  xml.element("ETag", quoted_tag(put->description.tag));
  if (plan.declared) xml.element(element_of(algorithm), base64_encode(digests.checksum(algorithm)));
  xml.close("CopyPartResult");
  HttpResponse response = xml_response(xml);
  add_encryption_header(response);
  co_return response;
}

}  // namespace

extern const Operation kUploadPartCopy{"UploadPartCopy", "PUT", Level::object, {"partNumber", "uploadId"},
                                       upload_part_copy, true};

}  // namespace millrace::s3
