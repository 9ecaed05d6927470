#include "api/s3/service.h"

#include <algorithm>

#include "api/s3/addressing.h"
#include "api/s3/authorization.h"
#include "api/s3/errors.h"
#include "api/s3/lookup.h"
#include "api/s3/query_headers.h"
#include "api/s3/upload.h"

namespace millrace::s3 {

extern const Operation kAbortMultipartUpload, kCompleteMultipartUpload, kCopyObject, kCreateBucket,
    kCreateMultipartUpload, kDeleteBucket, kDeleteBucketLifecycle, kDeleteObject, kDeleteObjects,
    kDeleteObjectTagging, kGetBucketLifecycle, kGetBucketLocation, kGetObject, kGetObjectAcl,
    kGetObjectAttributes, kGetObjectLegalHold, kGetObjectRetention, kGetObjectTagging, kHeadBucket,
    kHeadObject, kListBuckets, kListMultipartUploads, kListObjectVersions, kListObjects, kListObjectsV2,
    kListParts, kPutBucketLifecycle, kPutObject, kPutObjectAcl, kPutObjectLegalHold,
    kPutObjectLockConfiguration, kPutObjectRetention, kPutObjectTagging, kUploadPart, kUploadPartCopy;
std::vector<const Operation*> bucket_settings();
std::vector<const Operation*> bucket_configurations();

namespace {

// Query parameters that name another resource than the bucket or object itself, or another way to deal with
// it. An operation that does not know one must not answer as if it were not there.
constexpr std::string_view kSubresources[] = {"abac",
                                              "accelerate",
                                              "acl",
                                              "analytics",
                                              "attributes",
                                              "cors",
                                              "delete",
                                              "encryption",
                                              "intelligent-tiering",
                                              "inventory",
                                              "legal-hold",
                                              "lifecycle",
                                              "list-type",
                                              "location",
                                              "logging",
                                              "metadataAnnotationTable",
                                              "metadataConfiguration",
                                              "metadataInventoryTable",
                                              "metadataJournalTable",
                                              "metadataTable",
                                              "metrics",
                                              "notification",
                                              "object-lock",
                                              "ownershipControls",
                                              "policy",
                                              "policyStatus",
                                              "publicAccessBlock",
                                              "renameObject",
                                              "replication",
                                              "requestPayment",
                                              "restore",
                                              "retention",
                                              "select",
                                              "tagging",
                                              "torrent",
                                              "uploadId",
                                              "uploads",
                                              "versioning",
                                              "versions",
                                              "website"};

// Of a page of 1,000 keys, the longest there are, percent-encoded.
constexpr std::uint64_t kListBytes = 4 << 20;
// Of a body that is a document: 10,000 parts with a checksum each are less than half of it.
constexpr std::uint64_t kMaxDocumentBytes = 8 << 20;

const std::vector<const Operation*>& table() {
  static const std::vector<const Operation*> all = [] {
    std::vector<const Operation*> out{
        &kListBuckets,
        // Buckets
        &kListObjectsV2, &kListObjectVersions, &kListMultipartUploads, &kGetBucketLocation, &kDeleteObjects,
        &kPutBucketLifecycle, &kGetBucketLifecycle, &kDeleteBucketLifecycle, &kPutObjectLockConfiguration,
        // Objects
        &kUploadPartCopy, &kUploadPart, &kListParts, &kAbortMultipartUpload, &kCompleteMultipartUpload,
        &kCreateMultipartUpload, &kGetObjectAcl, &kGetObjectAttributes, &kGetObjectTagging, &kPutObjectAcl,
        &kPutObjectTagging, &kDeleteObjectTagging, &kGetObjectRetention, &kPutObjectRetention,
        &kGetObjectLegalHold, &kPutObjectLegalHold, &kCopyObject, &kPutObject, &kGetObject, &kHeadObject,
        &kDeleteObject};
    for (const Operation* setting : bucket_settings()) out.push_back(setting);
    for (const Operation* configuration : bucket_configurations()) out.push_back(configuration);
    // Of the bucket itself, when it is for nothing else.
    for (const Operation* bucket : {&kCreateBucket, &kHeadBucket, &kDeleteBucket, &kListObjects})
      out.push_back(bucket);
    return out;
  }();
  return all;
}

bool fits(const Operation& op, const Call& call, bool copies) {
  return op.method == call.request.http.method && op.level == level_of(call) && op.copies == copies &&
         std::all_of(op.parameters.begin(), op.parameters.end(),
                     [&](std::string_view name) { return call.parameter(name).has_value(); });
}

const Operation& find(const Call& call) {
  const bool copies =
      call.request.http.method == "PUT" && call.headers().find("x-amz-copy-source").has_value();
  const auto& all = table();
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const auto* op) { return fits(*op, call, copies); });
  for (const auto& [name, value] : call.query) {
    const bool known =
        it != all.end() && std::count((*it)->parameters.begin(), (*it)->parameters.end(), name);
    if (!known && std::count(std::begin(kSubresources), std::end(kSubresources), name))
      throw operation_not_implemented(call.request.http.method + " ?" + name);
  }
  if (it == all.end()) {
    if (call.request.http.method == "POST") throw operation_not_implemented("POST of a form");
    constexpr std::string_view kResources[] = {"SERVICE", "BUCKET", "OBJECT"};
    throw method_not_allowed(call.request.http.method, kResources[static_cast<int>(level_of(call))]);
  }
  return **it;
}

}  // namespace

std::span<const Operation* const> operations() { return table(); }

S3::S3(storage::ObjectStore& the_objects, const Clock& the_clock, S3Options the_options)
    : objects(the_objects),
      clock(the_clock),
      options(the_options),
      workers(the_options.workers),
      lifecycles(the_objects),
      expiration(the_objects, lifecycles, the_clock) {}

S3::~S3() { workers.join(); }

const ServiceModel& service_model() {
  static constexpr ServiceModel kModel{.name = "s3",
                                       .protocols = bit_of(Protocol::rest_xml),
                                       .xml_namespace = "http://s3.amazonaws.com/doc/2006-03-01/"};
  return kModel;
}
const ServiceModel& S3::model() const { return service_model(); }

class S3::Begun final : public BegunRequest {
 public:
  Begun(S3& s3, Call call, const Operation& op) : s3_(s3), call_(std::move(call)), operation_(op) {
    if (!op.before_upload || is_small_upload(call_.headers())) return;
    upload_ = std::make_unique<Upload>(s3_, call_, op.before_upload);
    call_.body = upload_.get();
  }

  [[nodiscard]] std::uint64_t max_body() const override {
    return operation_.before_upload ? s3_.max_body() : std::min(s3_.max_body(), kMaxDocumentBytes);
  }
  [[nodiscard]] BodySink* sink() override { return upload_.get(); }
  [[nodiscard]] asio::awaitable<HttpResponse> handle() override {
    MemoryHold held;
    if (std::string_view(operation_.name).starts_with("List"))
      held = co_await reserve_answer(call_.request.http.memory, kListBytes);
    HttpResponse response = co_await operation_.run(s3_, call_);
    response.held = std::move(held);
    response.headers.set("Server", "AmazonS3");
    co_return response;
  }

 private:
  S3& s3_;
  Call call_;
  const Operation& operation_;
  std::unique_ptr<Upload> upload_;
};

std::unique_ptr<BegunRequest> S3::begin(Request& request) {
  request.model = &service_model();
  request.protocol = Protocol::rest_xml;
  Call call = call_of(request);
  hoist_query_headers(call);
  const Operation& op = find(call);
  request.operation = op.name;
  check_authorization(call, clock.now());
  if (const auto version = call.parameter("versionId")) check_version(*version);
  return std::make_unique<Begun>(*this, std::move(call), op);
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
