// What tools read of a bucket besides its objects: settings that this store does not have and answers as AWS
// does for a bucket in which they were never made. Setting them is not implemented.
// Source: S3 API reference, GetBucketVersioning and the others.
#include <deque>

#include "api/s3/errors.h"
#include "api/s3/listing.h"
#include "api/s3/lookup.h"
#include "api/s3/request_xml.h"

namespace millrace::s3 {

namespace {

// A setting that is absent is either an error or an element without children.
struct Setting {
  const char *operation, *parameter;
  std::string_view element;        // empty: the error instead
  std::string_view code, message;  // of the error
};

constexpr Setting kSettings[] = {
    {"GetBucketVersioning", "versioning", "VersioningConfiguration", "", ""},
    {"GetBucketLogging", "logging", "BucketLoggingStatus", "", ""},
    {"GetBucketAccelerateConfiguration", "accelerate", "AccelerateConfiguration", "", ""},
    {"GetBucketNotificationConfiguration", "notification", "NotificationConfiguration", "", ""},
    {"GetBucketPolicy", "policy", "", "NoSuchBucketPolicy", "The bucket policy does not exist"},
    {"GetBucketPolicyStatus", "policyStatus", "", "NoSuchBucketPolicy", "The bucket policy does not exist"},
    {"GetBucketTagging", "tagging", "", "NoSuchTagSet", "The TagSet does not exist"},
    {"GetBucketLifecycleConfiguration", "lifecycle", "", "NoSuchLifecycleConfiguration",
     "The lifecycle configuration does not exist"},
    {"GetBucketCors", "cors", "", "NoSuchCORSConfiguration", "The CORS configuration does not exist"},
    {"GetBucketEncryption", "encryption", "", "ServerSideEncryptionConfigurationNotFoundError",
     "The server side encryption configuration was not found"},
    {"GetObjectLockConfiguration", "object-lock", "", "ObjectLockConfigurationNotFoundError",
     "Object Lock configuration does not exist for this bucket"},
    {"GetBucketWebsite", "website", "", "NoSuchWebsiteConfiguration",
     "The specified bucket does not have a website configuration"},
    {"GetBucketReplication", "replication", "", "ReplicationConfigurationNotFoundError",
     "The replication configuration was not found"},
    {"GetPublicAccessBlock", "publicAccessBlock", "", "NoSuchPublicAccessBlockConfiguration",
     "The public access block configuration was not found"},
    {"GetBucketOwnershipControls", "ownershipControls", "", "OwnershipControlsNotFoundError",
     "The bucket ownership controls were not found"},
};

asio::awaitable<HttpResponse> get_setting(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  const auto* setting = std::find_if(std::begin(kSettings), std::end(kSettings),
                                     [&](const Setting& s) { return call.request.operation == s.operation; });
  if (setting->element.empty()) throw no_such_setting(setting->code, setting->message, call.bucket);
  XmlWriter xml;
  xml.open(setting->element, kNamespace);
  xml.close(setting->element);
  co_return xml_response(xml);
}

void write_acl(XmlWriter& xml, const std::string& account) {
  xml.open("AccessControlPolicy", kNamespace);
  write_owner(xml, "Owner", account);
  xml.open("AccessControlList");
  xml.open("Grant");
  xml.open("Grantee", R"(xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser")");
  xml.element("ID", account);
  xml.element("DisplayName", account);
  xml.close("Grantee");
  xml.element("Permission", "FULL_CONTROL");
  xml.close("Grant");
  xml.close("AccessControlList");
  xml.close("AccessControlPolicy");
}

asio::awaitable<HttpResponse> get_acl(S3& s3, Call& call) {
  if (call.key.empty()) {
    (void)co_await existing_bucket(s3, call.bucket_id());
  } else {
    (void)co_await existing_object(s3, call.object_id());
  }
  XmlWriter xml;
  write_acl(xml, call.request.caller.account);
  co_return xml_response(xml);
}

asio::awaitable<HttpResponse> get_request_payment(S3& s3, Call& call) {
  (void)co_await existing_bucket(s3, call.bucket_id());
  XmlWriter xml;
  xml.open("RequestPaymentConfiguration", kNamespace);
  xml.element("Payer", "BucketOwner");
  xml.close("RequestPaymentConfiguration");
  co_return xml_response(xml);
}

asio::awaitable<HttpResponse> get_object_tagging(S3& s3, Call& call) {
  (void)co_await existing_object(s3, call.object_id());
  XmlWriter xml;
  xml.open("Tagging", kNamespace);
  xml.open("TagSet");
  xml.close("TagSet");
  xml.close("Tagging");
  co_return xml_response(xml);
}

}  // namespace

extern const Operation kGetObjectAcl{"GetObjectAcl", "GET", Level::object, {"acl"}, get_acl};
extern const Operation kGetObjectTagging{
    "GetObjectTagging", "GET", Level::object, {"tagging"}, get_object_tagging};

std::vector<const Operation*> bucket_settings() {
  static const std::deque<Operation> all = [] {
    std::deque<Operation> out;
    for (const Setting& s : kSettings)
      out.push_back({s.operation, "GET", Level::bucket, {s.parameter}, get_setting});
    out.push_back({"GetBucketAcl", "GET", Level::bucket, {"acl"}, get_acl});
    out.push_back({"GetBucketRequestPayment", "GET", Level::bucket, {"requestPayment"}, get_request_payment});
    return out;
  }();
  std::vector<const Operation*> out;
  for (const Operation& op : all) out.push_back(&op);
  return out;
}

}  // namespace millrace::s3
