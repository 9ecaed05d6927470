// UploadPart: one part of an upload, in place of the one that had its number.
// Source: S3 API reference, UploadPart.
#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"

namespace millrace::s3 {

namespace {

struct UploadPartInput : OnObject, WithHeaders {
  Text part_number;
  std::string upload_id;
  UploadedBody upload;
};
constexpr auto kInput = shape_of<UploadPartInput>(
    kOnObject, kUploadDigests, field("partNumber", &UploadPartInput::part_number, in_query),
    field("uploadId", &UploadPartInput::upload_id, in_query),
    field("Headers", &UploadPartInput::headers, in_header, named(kCustomerKeyNames)), streamed("Body"));

struct UploadPartOutput : Encrypted, ChecksumValues {
  std::string tag;
};
constexpr auto kOutput = shape_of<UploadPartOutput>(
    kEncrypted, field("ETag", &UploadPartOutput::tag, in_header), kChecksumHeaders);

asio::awaitable<std::optional<Algorithm>> before_part(S3& s3, const Request& request,
                                                      const UploadPartInput& in) {
  (void)part_number_of(in.part_number);
  refuse_customer_keys(headers_of(in.headers));
  const storage::Upload upload = co_await existing_upload(s3, {id_of(request, in), in.upload_id});
  co_return plan_of(upload.attributes).algorithm;
}

asio::awaitable<UploadPartOutput> upload_part(S3& s3, Request& request, UploadPartInput in) {
  auto [content, body] = std::move(in.upload);
  const std::uint32_t number = part_number_of(in.part_number);
  const storage::UploadId id{id_of(request, in), in.upload_id};
  const storage::Upload upload = co_await existing_upload(s3, id);
  const ChecksumPlan plan = plan_of(upload.attributes);
  if (plan.declared && body.sent && *body.sent != plan.algorithm)
    throw invalid_request("Checksum Type mismatch occurred, expected checksum Type: " +
                          std::string(lower_name_of(plan.algorithm)) +
                          ", actual checksum Type: " + std::string(lower_name_of(*body.sent)));
  storage::Description description{.tag = hex(body.md5), .attributes = {}};
  for (const auto& [algorithm, raw] : body.checksums)
    add_part_checksum(description.attributes, algorithm, raw);
  const Algorithm answered = body.sent.value_or(plan.algorithm);
  UploadPartOutput out;
  out.tag = quoted_tag(description.tag);
  out.of(answered) = base64_encode(body.checksum(answered));
  const auto put = co_await s3.objects.put_part(id, number, std::move(content), std::move(description));
  if (!put && put.error().code == storage::Errc::not_found) throw no_such_upload(id.id);
  if (!put) throw_write_error(put.error(), id.object, {});
  co_return out;
}

}  // namespace

extern const Row kUploadPart = Row(operation("UploadPart", kInput, kOutput, upload_part)
                                       .http("PUT", "/{Bucket}/{Key+}?partNumber&uploadId")
                                       .writes()
                                       .on(object_resource, "s3:PutObject"))
                                   .uploads<UploadPartInput, before_part>();

}  // namespace millrace::s3
