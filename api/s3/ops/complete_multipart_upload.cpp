// CompleteMultipartUpload: the object out of the parts that the body names. Repeating it after success gives
// the same answer, as long as the object is there.
// Source: S3 API reference, CompleteMultipartUpload.
#include "api/s3/body.h"
#include "api/s3/conditions.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/multipart.h"

namespace millrace::s3 {

namespace {

inline constexpr std::array kClaimNames{"x-amz-checksum-", "x-amz-mp-object-size"};
constexpr auto kNames = joined(kWriteConditionNames, kClaimNames);

struct CompleteInput : OnObject, WithHeaders {
  std::string upload_id, host;
  std::optional<CompletedUpload> upload;
};
constexpr auto kInput = shape_of<CompleteInput>(
    kOnObject, field("uploadId", &CompleteInput::upload_id, in_query),
    field("Host", &CompleteInput::host, in_header),
    field("Headers", &CompleteInput::headers, in_header, named(kNames)),
    ignored<std::vector<std::string>>("x-amz-server-side-encryption-customer-", "the parts have no such key",
                                      in_header, named(kCustomerKeyNames)),
    field("MultipartUpload", &CompleteInput::upload, in_payload, in_xml("CompleteMultipartUpload"),
          kCompletedUpload));

struct CompleteOutput : Encrypted, ChecksumValues {
  std::string location, bucket, key, tag;
  Text checksum_type, expiration;
};
constexpr auto kOutput = shape_of<CompleteOutput>(
    kEncrypted, field("x-amz-expiration", &CompleteOutput::expiration, in_header),
    field("Location", &CompleteOutput::location), field("Bucket", &CompleteOutput::bucket),
    field("Key", &CompleteOutput::key), field("ETag", &CompleteOutput::tag), kChecksumElements,
    field("ChecksumType", &CompleteOutput::checksum_type));

CompleteOutput answer(const CompleteInput& in, const storage::Description& description) {
  CompleteOutput out;
  out.location = "http://" + in.host + "/" + in.bucket + "/" + percent_encode(in.key, true);
  out.bucket = in.bucket;
  out.key = in.key;
  out.tag = quoted_tag(description.tag);
  if (const auto checksum = checksum_of(description.attributes)) {
    out.of(checksum->algorithm) = checksum->text;
    out.checksum_type = type_name(checksum->composite);
  }
  return out;
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

storage::Description description_of(const Headers& headers, const storage::Upload& upload,
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
  check_claims(headers, plan, checksum, size);
  return out;
}

asio::awaitable<CompleteOutput> complete_multipart_upload(S3& s3, Request& request, CompleteInput in) {
  const Headers headers = headers_of(in.headers);
  const storage::Condition condition = write_condition(headers);
  const storage::UploadId id{id_of(request, in), in.upload_id};
  const auto upload = co_await s3.objects.upload(id);
  if (!upload && upload.error().code == storage::Errc::not_found) {
    if (const auto before = co_await done_before(s3, id)) co_return answer(in, *before);
    (void)co_await existing_bucket(s3, id.object.bucket);
    throw no_such_upload(id.id);
  }
  const std::vector<NamedPart> named = named_parts(in.upload.value_or(CompletedUpload{}), id.id);
  const auto brought = or_throw(co_await s3.objects.parts(id, 0, kMaxPartNumber));
  std::vector<storage::Part> parts = chosen_parts(named, brought, plan_of(upload->attributes), id.id);
  storage::Description description = description_of(headers, or_throw(upload), parts);
  const auto made =
      co_await s3.objects.complete_upload(id, std::move(parts), std::move(description), condition);
  if (made) {
    CompleteOutput out = answer(in, made->description);
    out.expiration = co_await expiration_of(s3, id.object.bucket, *made);
    co_return out;
  }
  // Someone else completed it, ended it or changed a part since it was looked at.
  if (made.error().code == storage::Errc::closed) throw operation_aborted();
  if (made.error().code == storage::Errc::not_found && condition.kind != storage::Condition::Kind::tag_is) {
    if (const auto before = co_await done_before(s3, id)) co_return answer(in, *before);
    throw no_such_upload(id.id);
  }
  throw_write_error(made.error(), id.object, condition);
}

// The body is read only after these.
asio::awaitable<void> check(S3& s3, Request& request) {
  (void)write_condition(request.http.headers);
  storage::UploadId id{{bucket_of(request), ""}, ""};
  for (const auto& [name, value] : request.path)
    if (name == "Key") id.object.key = value;
  for (const auto& [name, value] : parse_query(request.http.query()))
    if (name == "uploadId" && id.id.empty()) id.id = value;
  const auto upload = co_await s3.objects.upload(id);
  if (upload || upload.error().code != storage::Errc::not_found) {
    check_content_hash(request.http);
    co_return;
  }
  if (co_await done_before(s3, id)) {
    request.http.body.clear();  // it was completed before, and nothing is asked of the body any more
    co_return;
  }
  (void)co_await existing_bucket(s3, id.object.bucket);
  throw no_such_upload(id.id);
}

}  // namespace

extern const Row kCompleteMultipartUpload =
    Row(operation("CompleteMultipartUpload", kInput, kOutput, complete_multipart_upload)
            .http("POST", "/{Bucket}/{Key+}?uploadId")
            .writes()
            .on(object_resource, "s3:PutObject"))
        .checked_by(check);

}  // namespace millrace::s3
