// HeadBucket: whether the bucket is there, and where.
// Source: S3 API reference, HeadBucket.
#include "api/s3/lookup.h"
#include "api/s3/shapes.h"

namespace millrace::s3 {

namespace {

struct HeadBucketInput : OnBucket {};
constexpr auto kInput = shape_of<HeadBucketInput>(kOnBucket);

struct HeadBucketOutput {
  std::string content_type = "application/xml", arn, region, alias = "false";
};
constexpr auto kOutput =
    shape<HeadBucketOutput>(field("Content-Type", &HeadBucketOutput::content_type, in_header),
                            field("x-amz-bucket-arn", &HeadBucketOutput::arn, in_header),
                            field("x-amz-bucket-region", &HeadBucketOutput::region, in_header),
                            field("x-amz-access-point-alias", &HeadBucketOutput::alias, in_header));

asio::awaitable<HeadBucketOutput> head_bucket(S3& s3, Request& request, HeadBucketInput in) {
  const storage::Bucket bucket = co_await existing_bucket(s3, id_of(request, in));
  HeadBucketOutput out;
  out.arn = bucket_arn(bucket);
  out.region = bucket.location;
  co_return out;
}

}  // namespace

extern const Row kHeadBucket = operation("HeadBucket", kInput, kOutput, head_bucket)
                                   .http("HEAD", "/{Bucket}")
                                   .reads()
                                   .on(bucket_resource, "s3:ListBucket");

}  // namespace millrace::s3
