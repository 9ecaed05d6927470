// PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle: when objects
// expire and uploads are aborted. Transitions to other storage classes are not implemented. Source: S3 API
// reference, of the same names.
#include "api/s3/body.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kSizeHeader = "x-amz-transition-default-minimum-object-size";
constexpr std::string_view kSize = "all_storage_classes_128K";

asio::awaitable<HttpResponse> put_lifecycle(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  if (const auto size = call.headers().find(kSizeHeader); size && *size != kSize) {
    if (*size == "varies_by_storage_class") throw not_implemented(kSizeHeader);
    throw invalid_request("Invalid TransitionDefaultMinimumObjectSize found: " + std::string(*size));
  }
  const Body body = co_await take_body(s3, call);
  pugi::xml_document document;
  const pugi::xml_node root = parse_xml(document, body.bytes, "LifecycleConfiguration");
  (void)Lifecycle(root);  // throws what is wrong with it
  std::optional<std::string> kept = canonical_lifecycle(root);
  co_await keep_setting(s3, call, std::string(kLifecycleSetting), std::move(kept));
  s3.lifecycles.changed(call.bucket_id());
  HttpResponse response = empty_response(200);
  response.headers.add(std::string(kSizeHeader), std::string(kSize));
  co_return response;
}

asio::awaitable<HttpResponse> get_lifecycle(S3& s3, Call& call) {
  std::optional<std::string> kept =
      co_await bucket_setting(s3, call.bucket_id(), std::string(kLifecycleSetting));
  if (!kept)
    throw no_such_setting("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist",
                          call.bucket);
  HttpResponse response;
  response.headers.add("Content-Type", "application/xml");
  response.headers.add(std::string(kSizeHeader), std::string(kSize));
  response.body = std::move(*kept);
  co_return response;
}

asio::awaitable<HttpResponse> delete_lifecycle(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  co_await keep_setting(s3, call, std::string(kLifecycleSetting), std::nullopt);
  s3.lifecycles.changed(call.bucket_id());
  co_return empty_response(204);
}

}  // namespace

extern const Operation kPutBucketLifecycle{
    "PutBucketLifecycleConfiguration", "PUT", Level::bucket, {"lifecycle"}, put_lifecycle};
extern const Operation kGetBucketLifecycle{
    "GetBucketLifecycleConfiguration", "GET", Level::bucket, {"lifecycle"}, get_lifecycle};
extern const Operation kDeleteBucketLifecycle{
    "DeleteBucketLifecycle", "DELETE", Level::bucket, {"lifecycle"}, delete_lifecycle};

}  // namespace millrace::s3
