// HeadObject: what GetObject would answer, without the bytes.
// Source: S3 API reference, HeadObject.
#include "api/s3/lookup.h"
#include "api/s3/operation.h"
#include "api/s3/read_object.h"

namespace millrace::s3 {

namespace {

asio::awaitable<ReadOutput> head_object(S3& s3, Request& request, ReadInput in) {
  const storage::ObjectId id = id_of(request, in);
  storage::OpenObject object = co_await existing_object(s3, id);
  const storage::Object described = object.object;
  ReadOutput out;
  out.response = answer_read(in, ReadMethod::head, std::move(object), s3.clock.now());
  if (out.response.status == 304) co_return out;
  if (auto expiration = co_await expiration_of(s3, id.bucket, described))
    out.response.headers.add("x-amz-expiration", std::move(*expiration));
  co_return out;
}

}  // namespace

extern const Row kHeadObject = Row(operation("HeadObject", kReadInput, kReadOutput, head_object)
                                       .http("HEAD", "/{Bucket}/{Key+}")
                                       .reads()
                                       .on(object_resource, "s3:GetObject"))
                                   .answers<ReadOutput>();

}  // namespace millrace::s3
