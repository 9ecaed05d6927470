// PutObject: an object, whole or not at all, in place of the one that had its key.
// Source: S3 API reference, PutObject; conditional writes: user guide, "Conditional requests".
#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/upload.h"

namespace millrace::s3 {

namespace {

asio::awaitable<std::optional<Algorithm>> before_put(S3& s3, Call& call) {
  if (call.parameter("partNumber"))
    throw invalid_argument("This operation does not accept partNumber without uploadId", "uploadId", "");
  (void)write_condition(call.headers());
  (void)kept_headers(call.headers());
  (void)co_await existing_bucket(s3, call.bucket_id());
  co_return std::nullopt;
}

asio::awaitable<HttpResponse> put_object(S3& s3, Call& call) {
  auto [content, body] = co_await take_upload(s3, call, before_put);
  const storage::Condition condition = write_condition(call.headers());
  storage::Description description{.tag = "", .attributes = kept_headers(call.headers())};
  const auto& [algorithm, raw] = body.checksums.front();
  const Checksum checksum{algorithm, base64_encode(raw), false};
  set_checksum(description.attributes, checksum);
  description.tag = hex(body.md5);
  const std::string tag = description.tag;
  const auto put =
      co_await s3.objects.put(call.object_id(), std::move(content), std::move(description), condition);
  if (!put) throw_write_error(put.error(), call.object_id(), condition);
  HttpResponse response;
  response.headers.add("ETag", quoted_tag(tag));
  add_encryption_header(response);
  add_checksum_headers(response, checksum);
  co_await add_expiration_header(s3, call, *put, response);
  co_return response;
}

}  // namespace

extern const Operation kPutObject{"PutObject", "PUT", Level::object, {}, put_object, false, before_put};

}  // namespace millrace::s3
