// AbortMultipartUpload: the upload and its parts are gone.
// Source: S3 API reference, AbortMultipartUpload.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct AbortInput : OnObject {
  std::string upload_id;
};
constexpr auto kInput =
    shape_of<AbortInput>(kOnObject, field("uploadId", &AbortInput::upload_id, in_query),
                         ignored<std::string>("x-amz-if-match-initiated-time",
                                              "of directory buckets, which S3 Express has", in_header));

asio::awaitable<Nothing> abort_multipart_upload(S3& s3, Request& request, AbortInput in) {
  const storage::UploadId id{id_of(request, in), in.upload_id};
  const auto aborted = co_await s3.objects.abort_upload(id);
  if (!aborted && aborted.error().code == storage::Errc::not_found) {
    (void)co_await existing_bucket(s3, id.object.bucket);
    throw no_such_upload(id.id);
  }
  if (!aborted) throw_write_error(aborted.error(), id.object, {});
  co_return Nothing{};
}

}  // namespace

extern const Row kAbortMultipartUpload =
    operation("AbortMultipartUpload", kInput, kNothing, abort_multipart_upload)
        .http("DELETE", "/{Bucket}/{Key+}?uploadId", 204)
        .writes()
        .on(object_resource);

}  // namespace millrace::s3
