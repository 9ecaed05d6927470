// PutObject: an object, whole or not at all, in place of the one that had its key.
// Source: S3 API reference, PutObject; conditional writes: user guide, "Conditional requests".
#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/object_headers.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

constexpr auto kNames = joined(kKeptNames, kWriteConditionNames);

struct PutObjectInput : OnObject, WithHeaders {
  Text part_number;
  UploadedBody upload;
};
constexpr auto kInput = shape_of<PutObjectInput>(
    kOnObject, kUploadDigests, field("partNumber", &PutObjectInput::part_number, in_query),
    field("Headers", &PutObjectInput::headers, in_header, named(kNames)), streamed("Body"));

struct PutObjectOutput : Encrypted, ChecksumValues {
  std::string tag, checksum_type;
  Text expiration;
};
constexpr auto kOutput =
    shape_of<PutObjectOutput>(field("ETag", &PutObjectOutput::tag, in_header), kEncrypted, kChecksumHeaders,
                              field("x-amz-checksum-type", &PutObjectOutput::checksum_type, in_header),
                              field("x-amz-expiration", &PutObjectOutput::expiration, in_header));

asio::awaitable<std::optional<Algorithm>> before_put(S3& s3, const Request& request,
                                                     const PutObjectInput& in) {
  if (in.part_number)
    throw invalid_argument("This operation does not accept partNumber without uploadId", "uploadId", "");
  const Headers headers = headers_of(in.headers);
  (void)write_condition(headers);
  (void)kept_headers(headers);
  (void)co_await existing_bucket(s3, id_of(request, in).bucket);
  co_return std::nullopt;
}

asio::awaitable<PutObjectOutput> put_object(S3& s3, Request& request, PutObjectInput in) {
  auto [content, body] = std::move(in.upload);
  const Headers headers = headers_of(in.headers);
  const storage::ObjectId id = id_of(request, in);
  const storage::Condition condition = write_condition(headers);
  storage::Description description{.tag = "", .attributes = kept_headers(headers)};
  const auto& [algorithm, raw] = body.checksums.front();
  const Checksum checksum{algorithm, base64_encode(raw), false};
  set_checksum(description.attributes, checksum);
  description.tag = hex(body.md5);
  PutObjectOutput out;
  out.tag = quoted_tag(description.tag);
  out.of(algorithm) = checksum.text;
  out.checksum_type = type_name(checksum.composite);
  const auto put = co_await s3.objects.put(id, std::move(content), std::move(description), condition);
  if (!put) throw_write_error(put.error(), id, condition);
  out.expiration = co_await expiration_of(s3, id.bucket, *put);
  co_return out;
}

}  // namespace

extern const Row kPutObject = Row(operation("PutObject", kInput, kOutput, put_object)
                                      .http("PUT", "/{Bucket}/{Key+}")
                                      .writes()
                                      .on(object_resource))
                                  .uploads<PutObjectInput, before_put>();

}  // namespace millrace::s3
