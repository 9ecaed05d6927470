// Object Lock, which no bucket here has: its operations answer as on AWS for a bucket without it.
// Sources: S3 API reference, PutObjectRetention, PutObjectLegalHold, PutObjectLockConfiguration;
// ceph/s3-tests and LocalStack's recordings for the errors.
#include "api/s3/body.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> refuse_lock_of_object(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  throw lock_configuration_missing();
}

asio::awaitable<HttpResponse> put_configuration(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  const Body body = co_await take_body(s3, call);
  pugi::xml_document document;
  (void)parse_xml(document, body.bytes, "ObjectLockConfiguration");
  throw lock_needs_versioning();
}

}  // namespace

extern const Operation kGetObjectRetention{
    "GetObjectRetention", "GET", Level::object, {"retention"}, refuse_lock_of_object};
extern const Operation kPutObjectRetention{
    "PutObjectRetention", "PUT", Level::object, {"retention"}, refuse_lock_of_object};
extern const Operation kGetObjectLegalHold{
    "GetObjectLegalHold", "GET", Level::object, {"legal-hold"}, refuse_lock_of_object};
extern const Operation kPutObjectLegalHold{
    "PutObjectLegalHold", "PUT", Level::object, {"legal-hold"}, refuse_lock_of_object};
extern const Operation kPutObjectLockConfiguration{
    "PutObjectLockConfiguration", "PUT", Level::bucket, {"object-lock"}, put_configuration};

}  // namespace millrace::s3
