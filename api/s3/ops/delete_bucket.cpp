// DeleteBucket: an empty bucket; uploads that were not completed go with it.
// Source: S3 API reference, DeleteBucket.
#include "api/s3/errors.h"
#include "api/s3/listing.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> delete_bucket(S3& s3, Call& call) {
  const auto removed = co_await s3.objects.remove_bucket(call.bucket_id());
  if (!removed) {
    if (removed.error().code == storage::Errc::not_found) throw no_such_bucket(call.bucket);
    if (removed.error().code == storage::Errc::conflict) throw bucket_not_empty(call.bucket);
    if (removed.error().code == storage::Errc::busy) throw operation_aborted();
    throw StorageFailure(removed.error());
  }
  s3.lifecycles.changed(call.bucket_id());
  co_return empty_response(204);
}

}  // namespace

extern const Operation kDeleteBucket{"DeleteBucket", "DELETE", Level::bucket, {}, delete_bucket};

}  // namespace millrace::s3
