// Object Lock, which no bucket here has: its operations answer as on AWS for a bucket without it.
// Sources: S3 API reference, PutObjectRetention, PutObjectLegalHold, PutObjectLockConfiguration;
// ceph/s3-tests and LocalStack's recordings for the errors.
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct LockInput : OnObject {};
constexpr auto kGetInput = shape_of<LockInput>(kOnObject);
constexpr const char* kNoLock = "refused as a whole: no bucket has an Object Lock configuration";
constexpr auto kPutRetention = shape_of<LockInput>(
    kOnObject, kDigests, ignored<std::string>("x-amz-bypass-governance-retention", kNoLock, in_header),
    ignored<Json>("Retention", kNoLock, in_payload));
constexpr auto kPutLegalHold =
    shape_of<LockInput>(kOnObject, kDigests, ignored<Json>("LegalHold", kNoLock, in_payload));

asio::awaitable<Nothing> refuse_lock_of_object(S3& s3, Request& request, LockInput in) {
  (void)co_await existing_bucket(s3, id_of(request, in).bucket);
  throw lock_configuration_missing();
}

struct LockConfiguration {};
constexpr auto kLockConfiguration = shape<LockConfiguration>(
    ignored<std::string>("ObjectLockEnabled", kNoLock), ignored<Json>("Rule", kNoLock));
struct PutLockInput : OnBucket {
  std::optional<LockConfiguration> configuration;
};
constexpr auto kPutConfiguration = shape_of<PutLockInput>(
    kOnBucket, kDigests, ignored<std::string>("x-amz-bucket-object-lock-token", kNoLock, in_header),
    field("ObjectLockConfiguration", &PutLockInput::configuration, in_payload, kLockConfiguration));

asio::awaitable<Nothing> put_configuration(S3&, Request&, PutLockInput in) {
  if (!in.configuration) throw malformed_xml();
  throw lock_needs_versioning();
  co_return Nothing{};
}

asio::awaitable<void> check(S3& s3, Request& request) {
  (void)co_await existing_bucket(s3, bucket_of(request));
  co_await take_document(s3, request);
}

}  // namespace

extern const Row kGetObjectRetention =
    operation("GetObjectRetention", kGetInput, kNothing, refuse_lock_of_object)
        .http("GET", "/{Bucket}/{Key+}?retention")
        .reads()
        .on(object_resource);
extern const Row kPutObjectRetention =
    operation("PutObjectRetention", kPutRetention, kNothing, refuse_lock_of_object)
        .http("PUT", "/{Bucket}/{Key+}?retention")
        .writes()
        .on(object_resource);
extern const Row kGetObjectLegalHold =
    operation("GetObjectLegalHold", kGetInput, kNothing, refuse_lock_of_object)
        .http("GET", "/{Bucket}/{Key+}?legal-hold")
        .reads()
        .on(object_resource);
extern const Row kPutObjectLegalHold =
    operation("PutObjectLegalHold", kPutLegalHold, kNothing, refuse_lock_of_object)
        .http("PUT", "/{Bucket}/{Key+}?legal-hold")
        .writes()
        .on(object_resource);
extern const Row kPutObjectLockConfiguration =
    Row(operation("PutObjectLockConfiguration", kPutConfiguration, kNothing, put_configuration)
            .http("PUT", "/{Bucket}?object-lock")
            .writes()
            .on(bucket_resource, "s3:PutBucketObjectLockConfiguration"))
        .checked_by(check);

}  // namespace millrace::s3
