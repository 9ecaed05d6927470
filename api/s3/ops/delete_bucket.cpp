// DeleteBucket: an empty bucket; uploads that were not completed go with it.
// Source: S3 API reference, DeleteBucket.
#include "api/s3/errors.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct DeleteBucketInput : OnBucket {};
constexpr auto kInput = shape_of<DeleteBucketInput>(kOnBucket);

asio::awaitable<Nothing> delete_bucket(S3& s3, Request& request, DeleteBucketInput in) {
  const storage::BucketId id = id_of(request, in);
  const auto removed = co_await s3.objects.remove_bucket(id);
  if (!removed) {
    if (removed.error().code == storage::Errc::not_found) throw no_such_bucket(in.bucket);
    if (removed.error().code == storage::Errc::conflict) throw bucket_not_empty(in.bucket);
    if (removed.error().code == storage::Errc::busy) throw operation_aborted();
    throw StorageFailure(removed.error());
  }
  s3.lifecycles.changed(id);
  s3.policies.changed(id);
  co_return Nothing{};
}

}  // namespace

extern const Row kDeleteBucket = operation("DeleteBucket", kInput, kNothing, delete_bucket)
                                     .http("DELETE", "/{Bucket}", 204)
                                     .writes()
                                     .on(bucket_resource);

}  // namespace millrace::s3
