// AbortMultipartUpload: the upload and its parts are gone.
// Source: S3 API reference, AbortMultipartUpload.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> abort_multipart_upload(S3& s3, Call& call) {
  const storage::UploadId id = upload_id_of(call);
  const auto aborted = co_await s3.objects.abort_upload(id);
  if (!aborted && aborted.error().code == storage::Errc::not_found) {
    (void)co_await existing_bucket(s3, call.bucket_id());
    throw no_such_upload(id.id);
  }
  if (!aborted) throw_write_error(aborted.error(), id.object, {});
  co_return empty_response(204);
}

}  // namespace

extern const Operation kAbortMultipartUpload{
    "AbortMultipartUpload", "DELETE", Level::object, {"uploadId"}, abort_multipart_upload};

}  // namespace millrace::s3
