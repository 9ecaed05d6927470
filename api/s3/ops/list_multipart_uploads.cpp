// ListMultipartUploads: what was begun and neither completed nor aborted.
// Source: S3 API reference, ListMultipartUploads. A delimiter is not implemented.
#include <algorithm>

#include "api/core/dates.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxUploads = 1000;

void write_upload(XmlWriter& xml, const storage::Upload& upload, const ListParameters& parameters,
                  const std::string& account) {
  const ChecksumPlan plan = plan_of(upload.attributes);
  xml.open("Upload");
  xml.element("Key", parameters.shown(upload.key));
  xml.element("UploadId", upload.id);
  write_owner(xml, "Initiator", account);
  write_owner(xml, "Owner", account);
  xml.element("StorageClass", "STANDARD");
  xml.element("Initiated", iso8601(upload.started));
  if (plan.declared) {
    xml.element("ChecksumAlgorithm", name_of(plan.algorithm));
    xml.element("ChecksumType", plan.composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  xml.close("Upload");
}

asio::awaitable<HttpResponse> list_multipart_uploads(S3& s3, Call& call) {
  const ListParameters parameters = list_parameters(call);
  if (!parameters.delimiter.empty()) throw operation_not_implemented("delimiter in ListMultipartUploads");
  (void)co_await existing_bucket(s3, call.bucket_id());
  const std::size_t limit = std::min(count_parameter(call, "max-uploads", kMaxUploads), kMaxUploads);
  const std::string key_marker = call.parameter("key-marker").value_or("");
  const std::string id_marker = call.parameter("upload-id-marker").value_or("");
  storage::UploadListing page;
  if (limit > 0)
    page = or_throw(co_await s3.objects.uploads(call.bucket_id(), parameters.prefix, key_marker,
                                                key_marker.empty() ? "" : id_marker, limit));
  XmlWriter xml;
  xml.open("ListMultipartUploadsResult", kNamespace);
  xml.element("Bucket", call.bucket);
  xml.element("KeyMarker", parameters.shown(key_marker));
  xml.element("UploadIdMarker", id_marker);
  if (page.truncated) {
    xml.element("NextKeyMarker", parameters.shown(page.uploads.back().key));
    xml.element("NextUploadIdMarker", page.uploads.back().id);
  }
  xml.element("Prefix", parameters.shown(parameters.prefix));
  if (parameters.url_encoded) xml.element("EncodingType", "url");
  xml.element("MaxUploads", limit);
  xml.element("IsTruncated", page.truncated ? "true" : "false");
  for (const storage::Upload& upload : page.uploads)
    write_upload(xml, upload, parameters, call.request.caller.account);
  xml.close("ListMultipartUploadsResult");
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kListMultipartUploads{
    "ListMultipartUploads", "GET", Level::bucket, {"uploads"}, list_multipart_uploads};

}  // namespace millrace::s3
