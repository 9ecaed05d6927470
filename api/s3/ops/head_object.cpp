// HeadObject: what GetObject would answer, without the bytes.
// Source: S3 API reference, HeadObject.
#include "api/s3/lookup.h"
#include "api/s3/read_object.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> head_object(S3& s3, Call& call) {
  storage::OpenObject object = co_await existing_object(s3, call.object_id());
  const storage::Object described = object.object;
  HttpResponse response = answer_read(call, std::move(object), s3.clock.now());
  if (response.status != 304) co_await add_expiration_header(s3, call, described, response);
  co_return response;
}

}  // namespace

extern const Operation kHeadObject{"HeadObject", "HEAD", Level::object, {}, head_object};

}  // namespace millrace::s3
