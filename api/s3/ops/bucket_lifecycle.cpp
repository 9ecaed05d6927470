// PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle: when objects
// expire and uploads are aborted. Transitions to other storage classes are not implemented. Source: S3 API
// reference, of the same names.
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

constexpr std::string_view kSizeHeader = "x-amz-transition-default-minimum-object-size";
constexpr const char* kSize = "all_storage_classes_128K";

struct LifecycleInput : OnBucket {};
constexpr auto kInput = shape_of<LifecycleInput>(kOnBucket);
struct PutLifecycleInput : OnBucket {
  Blob configuration;
};
constexpr auto kPutInput = shape_of<PutLifecycleInput>(
    kOnBucket, kDigests,
    ignored<std::string>("x-amz-transition-default-minimum-object-size", "checked before the body is read",
                         in_header),
    field("LifecycleConfiguration", &PutLifecycleInput::configuration, in_payload));

struct WithSize {
  std::string size = kSize;
};
constexpr auto kWithSize =
    members(field("x-amz-transition-default-minimum-object-size", &WithSize::size, in_header));
constexpr auto kPutOutput = shape_of<WithSize>(kWithSize);
struct LifecycleOutput : Document, WithSize {};
// The configuration is shown as it is kept.
constexpr auto kGetOutput = shape_of<LifecycleOutput>(kDocument, kWithSize);

asio::awaitable<WithSize> put_lifecycle(S3& s3, Request& request, PutLifecycleInput in) {
  pugi::xml_document document;
  const pugi::xml_node root = parse_xml(document, in.configuration.bytes, "LifecycleConfiguration");
  (void)Lifecycle(root);  // throws what is wrong with it
  std::optional<std::string> kept = canonical_lifecycle(root);
  const storage::BucketId id = id_of(request, in);
  co_await keep_setting(s3, id, std::string(kLifecycleSetting), std::move(kept));
  s3.lifecycles.changed(id);
  co_return WithSize{};
}

asio::awaitable<void> check(S3& s3, Request& request) {
  (void)co_await existing_bucket(s3, bucket_of(request));
  if (const auto size = request.http.headers.find(kSizeHeader); size && *size != kSize) {
    if (*size == "varies_by_storage_class") throw not_implemented(kSizeHeader);
    throw invalid_request("Invalid TransitionDefaultMinimumObjectSize found: " + std::string(*size));
  }
  co_await take_document(s3, request);
}

asio::awaitable<LifecycleOutput> get_lifecycle(S3& s3, Request& request, LifecycleInput in) {
  std::optional<std::string> kept =
      co_await bucket_setting(s3, id_of(request, in), std::string(kLifecycleSetting));
  if (!kept)
    throw no_such_setting("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist",
                          in.bucket);
  LifecycleOutput out;
  out.body.bytes = std::move(*kept);
  co_return out;
}

asio::awaitable<Nothing> delete_lifecycle(S3& s3, Request& request, LifecycleInput in) {
  const storage::BucketId id = id_of(request, in);
  (void)co_await existing_bucket(s3, id);
  co_await keep_setting(s3, id, std::string(kLifecycleSetting), std::nullopt);
  s3.lifecycles.changed(id);
  co_return Nothing{};
}

}  // namespace

extern const Row kPutBucketLifecycle =
    Row(operation("PutBucketLifecycleConfiguration", kPutInput, kPutOutput, put_lifecycle)
            .http("PUT", "/{Bucket}?lifecycle")
            .writes()
            .on(bucket_resource, "s3:PutLifecycleConfiguration"))
        .checked_by(check);
extern const Row kGetBucketLifecycle =
    operation("GetBucketLifecycleConfiguration", kInput, kGetOutput, get_lifecycle)
        .http("GET", "/{Bucket}?lifecycle")
        .reads()
        .on(bucket_resource, "s3:GetLifecycleConfiguration");
extern const Row kDeleteBucketLifecycle =
    operation("DeleteBucketLifecycle", kInput, kNothing, delete_lifecycle)
        .http("DELETE", "/{Bucket}?lifecycle", 204)
        .writes()
        .on(bucket_resource, "s3:PutLifecycleConfiguration");

}  // namespace millrace::s3
