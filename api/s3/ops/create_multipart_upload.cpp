// CreateMultipartUpload: the headers of an object that is brought in parts.
// Source: S3 API reference, CreateMultipartUpload.
#include "api/s3/errors.h"
#include "api/s3/multipart.h"

namespace millrace::s3 {

namespace {

inline constexpr std::array kPlanNames{"x-amz-checksum-algorithm", "x-amz-checksum-type"};
constexpr auto kNames = joined(kKeptNames, kPlanNames);

struct CreateUploadInput : OnObject, WithHeaders {};
constexpr auto kInput = shape_of<CreateUploadInput>(
    kOnObject, field("Headers", &CreateUploadInput::headers, in_header, named(kNames)));

struct CreateUploadOutput : Encrypted {
  Text algorithm, type;
  std::string bucket, key, upload_id;
};
constexpr auto kOutput = shape_of<CreateUploadOutput>(
    kEncrypted, field("x-amz-checksum-algorithm", &CreateUploadOutput::algorithm, in_header),
    field("x-amz-checksum-type", &CreateUploadOutput::type, in_header),
    field("Bucket", &CreateUploadOutput::bucket), field("Key", &CreateUploadOutput::key),
    field("UploadId", &CreateUploadOutput::upload_id));

asio::awaitable<CreateUploadOutput> create_multipart_upload(S3& s3, Request& request, CreateUploadInput in) {
  const Headers headers = headers_of(in.headers);
  storage::Attributes attributes = kept_headers(headers);
  const ChecksumPlan plan = plan_of(headers);
  set_plan(attributes, plan);
  auto begun = co_await s3.objects.begin_upload(id_of(request, in), std::move(attributes));
  if (!begun && begun.error().code == storage::Errc::not_found) throw no_such_bucket(in.bucket);
  CreateUploadOutput out;
  out.upload_id = or_throw(std::move(begun));
  out.bucket = std::move(in.bucket);
  out.key = std::move(in.key);
  if (plan.declared) {
    out.algorithm = name_of(plan.algorithm);
    out.type = type_name(plan.composite);
  }
  co_return out;
}

}  // namespace

extern const Row kCreateMultipartUpload =
    operation("CreateMultipartUpload", kInput, kOutput, create_multipart_upload)
        .http("POST", "/{Bucket}/{Key+}?uploads", 200, "InitiateMultipartUploadResult")
        .writes()
        .on(object_resource, "s3:PutObject");

}  // namespace millrace::s3
