#include "api/s3/service.h"

#include <algorithm>

#include "api/core/base64.h"
#include "api/core/xml_writer.h"
#include "api/s3/addressing.h"
#include "api/s3/authorization.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

extern const Operation kAbortMultipartUpload, kCompleteMultipartUpload, kCopyObject, kCreateBucket,
    kCreateMultipartUpload, kDeleteBucket, kDeleteObject, kDeleteObjects, kGetBucketLocation, kGetObject,
    kGetObjectAcl, kGetObjectTagging, kHeadBucket, kHeadObject, kListBuckets, kListMultipartUploads,
    kListObjectVersions, kListObjects, kListObjectsV2, kListParts, kPutObject, kUploadPart, kUploadPartCopy;
std::vector<const Operation*> bucket_settings();

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

const std::vector<const Operation*>& table() {
  static const std::vector<const Operation*> all = [] {
    std::vector<const Operation*> out{
        &kListBuckets,
        // Buckets
        &kListObjectsV2, &kListObjectVersions, &kListMultipartUploads, &kGetBucketLocation, &kDeleteObjects,
        &kCreateBucket, &kHeadBucket, &kDeleteBucket,
        // Objects
        &kUploadPartCopy, &kUploadPart, &kListParts, &kAbortMultipartUpload, &kCompleteMultipartUpload,
        &kCreateMultipartUpload, &kGetObjectAcl, &kGetObjectTagging, &kCopyObject, &kPutObject, &kGetObject,
        &kHeadObject, &kDeleteObject};
    for (const Operation* setting : bucket_settings()) out.push_back(setting);
    out.push_back(&kListObjects);  // a GET of the bucket itself, when it is for nothing else
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
    : objects(the_objects), clock(the_clock), options(the_options), workers(the_options.workers) {}

S3::~S3() { workers.join(); }

asio::awaitable<HttpResponse> S3::handle(Request& request) {
  Call call = call_of(request);
  const Operation& op = find(call);
  request.operation = op.name;
  check_authorization(call, clock.now());
  if (const auto version = call.parameter("versionId"); version && *version != "null")
    throw no_such_version(call.key, *version);
  HttpResponse response = co_await op.run(*this, call);
  response.headers.set("Server", "AmazonS3");
  co_return response;
}

HttpResponse S3::error(const ApiError& e, const Request& request) const {
  HttpResponse response;
  response.status = e.status();
  response.headers.set("Server", "AmazonS3");
  response.headers.set("Content-Type", "application/xml");
  if (request.http.method == "HEAD") return response;
  XmlWriter xml;
  xml.open("Error");
  xml.element("Code", e.code());
  xml.element("Message", e.message());
  xml.raw(e.detail());
  xml.element("RequestId", request.id);
  xml.element("HostId", base64_encode(request.id));
  xml.close("Error");
  response.body = xml.take();
  return response;
}

ApiError S3::internal_failure() const { return internal_error(); }

// The bytes, and what the chunked form with signatures adds to chunks of 8 KiB or more.
std::uint64_t S3::max_body() const {
  return options.max_object_bytes + options.max_object_bytes / 64 + (64 << 10);
}

ApiError S3::too_large() const { return entity_too_large(options.max_object_bytes); }

}  // namespace millrace::s3
