// GetObject: an object's bytes, all of them or a range.
// Source: S3 API reference, GetObject.
#include <algorithm>

#include "api/s3/lookup.h"
#include "api/s3/operation.h"
#include "api/s3/read_object.h"

namespace millrace::s3 {

namespace {

asio::awaitable<ReadOutput> get_object(S3& s3, Request& request, ReadInput in) {
  const storage::ObjectId id = id_of(request, in);
  storage::OpenObject object = co_await existing_object(s3, id);
  const storage::Object described = object.object;
  const storage::Descriptor descriptor = object.descriptor;
  ReadOutput out;
  out.response = answer_read(in, ReadMethod::get, std::move(object), s3.clock.now());
  // Before the head of the answer is out: behind it nothing can be answered but a cut.
  if (const auto* part = std::get_if<FilePart>(&out.response.body))
    or_throw(co_await s3.objects.verify({described, descriptor}, part->offset,
                                        std::min<std::uint64_t>(part->size, 1)));
  if (out.response.status == 304) co_return out;
  if (auto expiration = co_await expiration_of(s3, id.bucket, described))
    out.response.headers.add("x-amz-expiration", std::move(*expiration));
  co_return out;
}

}  // namespace

extern const Row kGetObject = Row(operation("GetObject", kReadInput, kReadOutput, get_object)
                                      .http("GET", "/{Bucket}/{Key+}")
                                      .reads()
                                      .on(object_resource))
                                  .answers<ReadOutput>();

}  // namespace millrace::s3
