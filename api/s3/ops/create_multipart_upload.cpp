// CreateMultipartUpload: the headers of an object that is brought in parts.
// Source: S3 API reference, CreateMultipartUpload.
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/multipart.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

asio::awaitable<HttpResponse> create_multipart_upload(S3& s3, Call& call) {
  storage::Attributes attributes = kept_headers(call.headers());
  const ChecksumPlan plan = plan_of(call.headers());
  set_plan(attributes, plan);
  auto begun = co_await s3.objects.begin_upload(call.object_id(), std::move(attributes));
  if (!begun && begun.error().code == storage::Errc::not_found) throw no_such_bucket(call.bucket);
  const std::string id = or_throw(std::move(begun));
  XmlWriter xml;
  xml.open("InitiateMultipartUploadResult", kNamespace);
  xml.element("Bucket", call.bucket);
  xml.element("Key", call.key);
  xml.element("UploadId", id);
  xml.close("InitiateMultipartUploadResult");
  HttpResponse response = xml_response(xml);
  add_encryption_header(response);
  if (plan.declared) {
    response.headers.add("x-amz-checksum-algorithm", std::string(name_of(plan.algorithm)));
    response.headers.add("x-amz-checksum-type", std::string(type_name(plan.composite)));
  }
  co_return response;
}

}  // namespace

extern const Operation kCreateMultipartUpload{
    "CreateMultipartUpload", "POST", Level::object, {"uploads"}, create_multipart_upload};

}  // namespace millrace::s3
