// UploadPart: one part of an upload, in place of the one that had its number.
// Source: S3 API reference, UploadPart.
#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/upload.h"

namespace millrace::s3 {

namespace {

asio::awaitable<std::optional<Algorithm>> before_part(S3& s3, Call& call) {
  (void)part_number_of(call);
  refuse_customer_keys(call.headers());
  const storage::Upload upload = co_await existing_upload(s3, upload_id_of(call));
  co_return plan_of(upload.attributes).algorithm;
}

asio::awaitable<HttpResponse> upload_part(S3& s3, Call& call) {
  auto [content, body] = co_await take_upload(s3, call, before_part);
  const std::uint32_t number = part_number_of(call);
  const storage::UploadId id = upload_id_of(call);
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
  HttpResponse response;
  add_encryption_header(response);
  response.headers.add("ETag", quoted_tag(description.tag));
  response.headers.add(header_of(answered), base64_encode(body.checksum(answered)));
  const auto put = co_await s3.objects.put_part(id, number, std::move(content), std::move(description));
  if (!put && put.error().code == storage::Errc::not_found) throw no_such_upload(id.id);
  if (!put) throw_write_error(put.error(), id.object, {});
  co_return response;
}

}  // namespace

extern const Operation kUploadPart{"UploadPart", "PUT", Level::object, {"partNumber", "uploadId"},
                                   upload_part,  false, before_part};

}  // namespace millrace::s3
