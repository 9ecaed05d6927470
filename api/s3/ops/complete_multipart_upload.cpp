// CompleteMultipartUpload: the object out of the parts that the body names. Repeating it after success gives
// the same answer, as long as the object is there.
// Source: S3 API reference, CompleteMultipartUpload.
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

HttpResponse answer(const Call& call, const storage::Description& description) {
  XmlWriter xml;
  xml.open("CompleteMultipartUploadResult", kNamespace);
  xml.element("Location", "http://" + std::string(call.headers().get("host")) + "/" + call.bucket + "/" +
                              percent_encode(call.key, true));
  xml.element("Bucket", call.bucket);
  xml.element("Key", call.key);
  xml.element("ETag", quoted_tag(description.tag));
  if (const auto checksum = checksum_of(description.attributes)) {
    xml.element(element_of(checksum->algorithm), checksum->text);
    xml.element("ChecksumType", type_name(checksum->composite));
  }
  xml.close("CompleteMultipartUploadResult");
  HttpResponse response = xml_response(xml);
  add_encryption_header(response);
  return response;
}

// The present object's description, if it came by this very upload.
asio::awaitable<std::optional<storage::Description>> done_before(S3& s3, storage::UploadId id) {
  const auto object = co_await s3.objects.open(id.object);
  if (!object || attribute(object->object.description.attributes, kUploadAttribute) != id.id)
    co_return std::nullopt;
  co_return object->object.description;
}

// A composite one may be given without the number of parts.
bool is_checksum(std::string_view given, const Checksum& checksum) {
  const std::string_view text = checksum.text;
  return given == text || (checksum.composite && given == text.substr(0, text.rfind('-')));
}

// What the request says of the whole object.
void check_claims(const Headers& headers, const ChecksumPlan& plan, const Checksum& checksum,
                  std::uint64_t size) {
  const std::string_view mode = plan.declared ? type_name(plan.composite) : "null";
  if (const auto type = headers.find("x-amz-checksum-type"); type && !equals_ignoring_case(*type, mode))
    throw invalid_request("The upload was created using the " + std::string(mode) +
                          " checksum mode. The complete request must use the same checksum mode.");
  // Of the algorithms that have both, a value without a type is taken for a composite one.
  const bool untyped_full = plan.declared && !plan.composite && checksum.algorithm != Algorithm::crc64nvme &&
                            !headers.find("x-amz-checksum-type");
  for (const Algorithm a : kAlgorithms)
    if (const auto given = headers.find(header_of(a));
        given && (untyped_full || a != checksum.algorithm || !is_checksum(*given, checksum)))
      throw bad_digest(lower_name_of(checksum.algorithm));
  if (const auto given = headers.find("x-amz-mp-object-size"); given && *given != std::to_string(size))
    throw invalid_request("The provided 'x-amz-mp-object-size' header value " + std::string(*given) +
                          " does not match what was computed: " + std::to_string(size));
}

storage::Description description_of(const Call& call, const storage::Upload& upload,
                                    const std::vector<storage::Part>& parts) {
  const ChecksumPlan plan = plan_of(upload.attributes);
  const Checksum checksum = checksum_of_parts(plan, parts);
  storage::Description out{.tag = tag_of_parts(parts), .attributes = upload.attributes};
  std::erase_if(out.attributes, [](const auto& a) { return a.first == kAlgorithmAttribute; });
  set_checksum(out.attributes, checksum);
  set_attribute(out.attributes, kUploadAttribute, upload.id);
  set_parts(out.attributes, plan, parts);
  std::uint64_t size = 0;
  for (const storage::Part& part : parts) size += part.size;
  check_claims(call.headers(), plan, checksum, size);
  return out;
}

asio::awaitable<HttpResponse> complete_multipart_upload(S3& s3, Call& call) {
  const storage::Condition condition = write_condition(call.headers());
  const storage::UploadId id = upload_id_of(call);
  const auto upload = co_await s3.objects.upload(id);
  if (!upload && upload.error().code == storage::Errc::not_found) {
    if (const auto before = co_await done_before(s3, id)) co_return answer(call, *before);
    (void)co_await existing_bucket(s3, call.bucket_id());
    throw no_such_upload(id.id);
  }
  const std::vector<NamedPart> named = named_parts(call.request.http.body, id.id);
  const auto brought = or_throw(co_await s3.objects.parts(id, 0, kMaxPartNumber));
  std::vector<storage::Part> parts = chosen_parts(named, brought, plan_of(upload->attributes), id.id);
  storage::Description description = description_of(call, or_throw(upload), parts);
  const auto made =
      co_await s3.objects.complete_upload(id, std::move(parts), std::move(description), condition);
  if (made) {
    HttpResponse response = answer(call, made->description);
    co_await add_expiration_header(s3, call, *made, response);
    co_return response;
  }
  // Someone else completed it, ended it or changed a part since it was looked at.
  if (made.error().code == storage::Errc::closed) throw operation_aborted();
  if (made.error().code == storage::Errc::not_found && condition.kind != storage::Condition::Kind::tag_is) {
    if (const auto before = co_await done_before(s3, id)) co_return answer(call, *before);
    throw no_such_upload(id.id);
  }
  throw_write_error(made.error(), id.object, condition);
}

}  // namespace

extern const Operation kCompleteMultipartUpload{
    "CompleteMultipartUpload", "POST", Level::object, {"uploadId"}, complete_multipart_upload};

}  // namespace millrace::s3
