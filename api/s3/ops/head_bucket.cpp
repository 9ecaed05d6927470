// HeadBucket: whether the bucket is there, and where.
// Source: S3 API reference, HeadBucket.
#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> head_bucket(S3& s3, Call& call) {
  const storage::Bucket bucket = co_await existing_bucket(s3, call.bucket_id());
  HttpResponse response;
  response.headers.add("Content-Type", "application/xml");
  response.headers.add("x-amz-bucket-arn", bucket_arn(bucket));
  response.headers.add("x-amz-bucket-region", bucket.location);
  response.headers.add("x-amz-access-point-alias", "false");
  co_return response;
}

}  // namespace

extern const Operation kHeadBucket{"HeadBucket", "HEAD", Level::bucket, {}, head_bucket};

}  // namespace millrace::s3
