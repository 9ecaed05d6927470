// ListParts: what was brought of an upload.
// Source: S3 API reference, ListParts.
#include <algorithm>

#include "api/core/base64.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kMaxParts = 1000;

// A checksum is shown under the algorithm that the upload declared.
void write_part(XmlWriter& xml, const storage::Part& part, const ChecksumPlan& plan) {
  xml.open("Part");
  xml.element("PartNumber", part.number);
  xml.element("LastModified", xml_time(part.modified));
  xml.element("ETag", quoted_tag(part.description.tag));
  if (const auto raw = part_checksum(part.description.attributes, plan.algorithm);
      plan.declared && raw && !raw->empty())
    xml.element(element_of(plan.algorithm), base64_encode(*raw));
  xml.element("Size", part.size);
  xml.close("Part");
}

asio::awaitable<HttpResponse> list_parts(S3& s3, Call& call) {
  const storage::UploadId id = upload_id_of(call);
  const storage::Upload upload = co_await existing_upload(s3, id);
  const std::size_t limit = std::min(count_parameter(call, "max-parts", kMaxParts), kMaxParts);
  const auto after = static_cast<std::uint32_t>(count_parameter(call, "part-number-marker", 0));
  auto parts = or_throw(co_await s3.objects.parts(id, after, limit + 1));
  const bool truncated = parts.size() > limit && limit > 0;
  parts.resize(std::min(parts.size(), limit));
  const ChecksumPlan plan = plan_of(upload.attributes);
  const std::string& account = call.request.caller.account;
  XmlWriter xml;
  xml.open("ListPartsResult", kNamespace);
  xml.element("Bucket", call.bucket);
  xml.element("Key", call.key);
  xml.element("UploadId", id.id);
  write_initiator(xml, account);
  write_owner(xml, account);
  xml.element("StorageClass", storage_class_of(upload.attributes));
  xml.element("PartNumberMarker", after);
  xml.element("NextPartNumberMarker", parts.empty() ? 0 : parts.back().number);
  xml.element("MaxParts", limit);
  xml.element("IsTruncated", truncated ? "true" : "false");
  if (plan.declared) {
    xml.element("ChecksumAlgorithm", name_of(plan.algorithm));
    xml.element("ChecksumType", type_name(plan.composite));
  }
  for (const storage::Part& part : parts) write_part(xml, part, plan);
  xml.close("ListPartsResult");
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kListParts{"ListParts", "GET", Level::object, {"uploadId"}, list_parts};

}  // namespace millrace::s3
