#include "api/s3/service.h"

#include <algorithm>

#include "api/core/protocols/codec.h"
#include "api/s3/addressing.h"
#include "api/s3/authorization.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/query_headers.h"
#include "api/s3/router.h"

namespace millrace::s3 {

extern const Row kAbortMultipartUpload, kCompleteMultipartUpload, kCopyObject, kCreateBucket,
    kCreateMultipartUpload, kDeleteBucket, kDeleteBucketLifecycle, kDeleteBucketPolicy, kDeleteObject,
    kDeleteObjects, kDeleteObjectTagging, kGetBucketLifecycle, kGetBucketAcl, kGetBucketLocation,
    kGetBucketPolicy, kGetBucketPolicyStatus, kGetObject, kGetObjectAcl, kGetObjectAttributes,
    kGetObjectLegalHold, kGetObjectRetention, kGetObjectTagging, kHeadBucket, kHeadObject, kListBuckets,
    kListMultipartUploads, kListObjectVersions, kListObjects, kListObjectsV2, kListParts, kPutBucketAcl,
    kPutBucketLifecycle, kPutBucketPolicy, kPutObject, kPutObjectAcl, kPutObjectLegalHold,
    kPutObjectLockConfiguration, kPutObjectRetention, kPutObjectTagging, kUploadPart, kUploadPartCopy;
std::vector<const Operation*> bucket_settings();
std::vector<const Operation*> bucket_configurations();

namespace {

// Of a page of 1,000 keys, the longest there are, percent-encoded: as an output, as a document and as XML.
constexpr std::uint64_t kListBytes = 12 << 20;
// Of a body that is a document: 10,000 parts with a checksum each are less than half of it.
constexpr std::uint64_t kMaxDocumentBytes = 8 << 20;
constexpr std::uint64_t kMaxStrangersBytes = 64 << 10;

const std::vector<const Operation*>& table() {
  static const std::vector<const Operation*> all = [] {
    std::vector<const Operation*> out{
        &kListBuckets,
        // Buckets
        &kListObjectsV2, &kListObjectVersions, &kListMultipartUploads, &kGetBucketLocation, &kDeleteObjects,
        &kPutBucketLifecycle, &kGetBucketLifecycle, &kDeleteBucketLifecycle, &kPutBucketPolicy,
        &kGetBucketPolicy, &kGetBucketPolicyStatus, &kDeleteBucketPolicy, &kPutObjectLockConfiguration,
        &kGetBucketAcl, &kPutBucketAcl,
        // Objects
        &kUploadPartCopy, &kUploadPart, &kListParts, &kAbortMultipartUpload, &kCompleteMultipartUpload,
        &kCreateMultipartUpload, &kGetObjectAcl, &kGetObjectAttributes, &kGetObjectTagging, &kPutObjectAcl,
        &kPutObjectTagging, &kDeleteObjectTagging, &kGetObjectRetention, &kPutObjectRetention,
        &kGetObjectLegalHold, &kPutObjectLegalHold, &kCopyObject, &kPutObject, &kGetObject, &kHeadObject,
        &kDeleteObject};
    for (const Operation* setting : bucket_settings()) out.push_back(setting);
    for (const Operation* configuration : bucket_configurations()) out.push_back(configuration);
    // Of the bucket itself, when it is for nothing else.
    for (const Row* bucket : {&kCreateBucket, &kHeadBucket, &kDeleteBucket, &kListObjects})
      out.push_back(bucket);
    return out;
  }();
  return all;
}

}  // namespace

std::span<const Operation* const> operations() { return table(); }

S3::S3(storage::ObjectStore& the_objects, const Clock& the_clock, S3Options the_options)
    : objects(the_objects),
      clock(the_clock),
      options(the_options),
      workers(the_options.workers),
      lifecycles(the_objects),
      policies(the_objects),
      expiration(the_objects, lifecycles, the_clock) {}

S3::~S3() { workers.join(); }

const ServiceModel& service_model() {
  static const ServiceModel kModel{.name = "s3",
                                   .protocols = bit_of(Protocol::rest_xml),
                                   .xml_namespace = "http://s3.amazonaws.com/doc/2006-03-01/",
                                   .operations = operations()};
  return kModel;
}
const ServiceModel& S3::model() const { return service_model(); }

class S3::Begun final : public BegunRequest {
 public:
  Begun(S3& s3, Request& request, const Row& row)
      : s3_(s3), request_(request), row_(row), call_(row.begin(row)) {
    if (!row.before_upload) return;
    decode();
    if (!is_small_upload(request.http.headers))
      upload_ = std::make_unique<Upload>(s3_, request_, [this] { return before_upload(); });
  }

  [[nodiscard]] std::uint64_t max_body() const override {
    if (row_.before_upload) return s3_.max_body();
    // A stranger's document is received before it is known whether a bucket policy allows it.
    const bool stranger = request_.caller.arn == "*";
    return std::min(s3_.max_body(), stranger ? kMaxStrangersBytes : kMaxDocumentBytes);
  }
  [[nodiscard]] BodySink* sink() override { return upload_.get(); }
  [[nodiscard]] asio::awaitable<HttpResponse> handle() override {
    MemoryHold held;
    if (std::string_view(row_.name).starts_with("List"))
      held = co_await reserve_answer(request_.http.memory, kListBytes);
    co_await take_body();
    co_await call_->run(&s3_, request_);
    HttpResponse response = answer_of(row_, *call_, request_);
    if (row_.give) row_.give(call_->output(), response);
    response.held = std::move(held);
    response.headers.set("Server", "AmazonS3");
    co_return response;
  }

 private:
  void decode() { decode_input(row_, *call_, rest_xml_codec().parse(row_, request_)); }

  asio::awaitable<std::optional<Algorithm>> before_upload() {
    if (request_.authorizer) co_await check_access(row_, *call_, &s3_, request_);
    co_return co_await row_.before_upload(s3_, request_, call_->input());
  }

  asio::awaitable<void> take_body() {
    if (row_.before_upload) {
      UploadedBody body;
      if (upload_)
        body = co_await upload_->finish();
      else
        body = co_await take_upload(s3_, request_, [this] { return before_upload(); });
      row_.take(call_->input(), std::move(body));
      co_return;
    }
    if (row_.before_body)
      co_await row_.before_body(s3_, request_);
    else
      check_content_hash(request_.http);
    decode();
    if (request_.authorizer) co_await check_access(row_, *call_, &s3_, request_);
    if (std::string* const payload = payload_of(row_.input, call_->input()))
      *payload = std::move(request_.http.body);
  }

  S3& s3_;
  Request& request_;
  const Row& row_;
  const std::unique_ptr<Call> call_;
  std::unique_ptr<Upload> upload_;
};

std::unique_ptr<BegunRequest> S3::begin(Request& request) {
  request.model = &service_model();
  request.protocol = Protocol::rest_xml;
  Head head = head_of(request);
  hoist_query_headers(head);
  const Row& row = route(head);
  request.operation = row.name;
  check_authorization(head, clock.now());
  if (const auto version = head.parameter("versionId")) check_version(*version);
  return std::make_unique<Begun>(*this, request, row);
}

asio::awaitable<HttpResponse> S3::handle(Request& request) {
  const std::unique_ptr<BegunRequest> begun = begin(request);
  co_return co_await begun->handle();
}

HttpResponse S3::error(const ApiError& e, const Request& request) const {
  HttpResponse response = Service::error(e, request);
  response.headers.set("Server", "AmazonS3");
  return response;
}

ApiError S3::internal_failure() const { return internal_error(); }

// The bytes, and what the chunked form with signatures adds to chunks of 8 KiB or more.
std::uint64_t S3::max_body() const {
  return options.max_object_bytes + options.max_object_bytes / 64 + (64 << 10);
}

ApiError S3::too_slow() const { return request_timeout(); }

ApiError S3::too_large() const { return entity_too_large(options.max_object_bytes); }

}  // namespace millrace::s3
