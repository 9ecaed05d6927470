// GetObject: an object's bytes, all of them or a range.
// Source: S3 API reference, GetObject.
#include <algorithm>

#include "api/s3/lookup.h"
#include "api/s3/read_object.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> get_object(S3& s3, Call& call) {
  storage::OpenObject object = co_await existing_object(s3, call.object_id());
  const storage::Object described = object.object;
  const storage::Descriptor descriptor = object.descriptor;
  HttpResponse response = answer_read(call, std::move(object), s3.clock.now());
  // Before the head of the answer is out: behind it nothing can be answered but a cut.
  if (const auto* part = std::get_if<FilePart>(&response.body))
    or_throw(co_await s3.objects.verify({described, descriptor}, part->offset,
                                        std::min<std::uint64_t>(part->size, 1)));
  if (response.status != 304) co_await add_expiration_header(s3, call, described, response);
  co_return response;
}

}  // namespace

extern const Operation kGetObject{"GetObject", "GET", Level::object, {}, get_object};

}  // namespace millrace::s3
