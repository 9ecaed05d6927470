// DeleteObject: no object has the key any more; whether one had it is not said, unless a condition asks for
// it. Source: S3 API reference, DeleteObject.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

inline constexpr std::array kNames{"If-Match", "x-amz-bypass-governance-retention",
                                   "x-amz-if-match-last-modified-time", "x-amz-if-match-size"};
struct DeleteObjectInput : OnObject, WithHeaders {};
constexpr auto kInput = shape_of<DeleteObjectInput>(
    kOnObject, field("Headers", &DeleteObjectInput::headers, in_header, named(kNames)),
    ignored<std::string>("x-amz-mfa", "no bucket asks for it", in_header));

asio::awaitable<Nothing> delete_object(S3& s3, Request& request, DeleteObjectInput in) {
  const Headers headers = headers_of(in.headers);
  refuse_bypass(headers);
  std::vector<storage::Removal> removals;
  removals.push_back({in.key, delete_condition(headers)});
  const storage::ObjectId id = id_of(request, in);
  const auto removed = co_await s3.objects.remove(id.bucket, std::move(removals));
  if (!removed) throw_write_error(removed.error(), id, {});
  if (removed->front() == storage::Removed::absent) throw no_such_key(in.key);
  if (removed->front() == storage::Removed::refused) throw precondition_failed("If-Match");
  co_return Nothing{};
}

}  // namespace

extern const Row kDeleteObject = operation("DeleteObject", kInput, kNothing, delete_object)
                                     .http("DELETE", "/{Bucket}/{Key+}", 204)
                                     .writes()
                                     .on(object_resource);

}  // namespace millrace::s3
