// DeleteObject: no object has the key any more; whether one had it is not said.
// Source: S3 API reference, DeleteObject.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> delete_object(S3& s3, Call& call) {
  for (const char* name : {"If-Match", "x-amz-if-match-last-modified-time", "x-amz-if-match-size"})
    if (call.headers().find(name)) throw not_implemented(name);
  std::vector<std::string> keys{call.key};
  const auto removed = co_await s3.objects.remove(call.bucket_id(), std::move(keys));
  if (!removed) throw_write_error(removed.error(), call.object_id(), {});
  co_return empty_response(204);
}

}  // namespace

extern const Operation kDeleteObject{"DeleteObject", "DELETE", Level::object, {}, delete_object};

}  // namespace millrace::s3
