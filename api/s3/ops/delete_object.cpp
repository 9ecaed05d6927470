// DeleteObject: no object has the key any more; whether one had it is not said, unless a condition asks for
// it. Source: S3 API reference, DeleteObject.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> delete_object(S3& s3, Call& call) {
  refuse_bypass(call.headers());
  std::vector<storage::Removal> removals;
  removals.push_back({call.key, delete_condition(call.headers())});
  const auto removed = co_await s3.objects.remove(call.bucket_id(), std::move(removals));
  if (!removed) throw_write_error(removed.error(), call.object_id(), {});
  if (removed->front() == storage::Removed::absent) throw no_such_key(call.key);
  if (removed->front() == storage::Removed::refused) throw precondition_failed("If-Match");
  co_return empty_response(204);
}

}  // namespace

extern const Operation kDeleteObject{"DeleteObject", "DELETE", Level::object, {}, delete_object};

}  // namespace millrace::s3
