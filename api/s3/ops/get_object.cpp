// GetObject: an object's bytes, all of them or a range.
// Source: S3 API reference, GetObject.
#include "api/s3/lookup.h"
#include "api/s3/read_object.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> get_object(S3& s3, Call& call) {
  storage::OpenObject object = co_await existing_object(s3, call.object_id());
  co_return answer_read(call, std::move(object));
}

}  // namespace

extern const Operation kGetObject{"GetObject", "GET", Level::object, {}, get_object};

}  // namespace millrace::s3
