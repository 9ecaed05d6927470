#include "api/s3/access.h"

#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

// Operations whose action has another name. Source: Service Authorization Reference, "Actions, resources, and
// condition keys for Amazon S3".
constexpr std::pair<std::string_view, std::string_view> kActions[] = {
    {"CompleteMultipartUpload", "PutObject"},
    {"CopyObject", "PutObject"},
    {"CreateMultipartUpload", "PutObject"},
    {"DeleteBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"},
    {"DeleteBucketCors", "PutBucketCORS"},
    {"DeleteBucketEncryption", "PutEncryptionConfiguration"},
    {"DeleteBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"},
    {"DeleteBucketInventoryConfiguration", "PutInventoryConfiguration"},
    {"DeleteBucketLifecycle", "PutLifecycleConfiguration"},
    {"DeleteBucketMetricsConfiguration", "PutMetricsConfiguration"},
    {"DeleteBucketOwnershipControls", "PutBucketOwnershipControls"},
    {"DeleteBucketReplication", "PutReplicationConfiguration"},
    {"DeleteBucketTagging", "PutBucketTagging"},
    {"DeleteObjects", "DeleteObject"},
    {"DeletePublicAccessBlock", "PutBucketPublicAccessBlock"},
    {"GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"},
    {"GetBucketAnalyticsConfiguration", "GetAnalyticsConfiguration"},
    {"GetBucketCors", "GetBucketCORS"},
    {"GetBucketEncryption", "GetEncryptionConfiguration"},
    {"GetBucketIntelligentTieringConfiguration", "GetIntelligentTieringConfiguration"},
    {"GetBucketInventoryConfiguration", "GetInventoryConfiguration"},
    {"GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"},
    {"GetBucketMetricsConfiguration", "GetMetricsConfiguration"},
    {"GetBucketNotificationConfiguration", "GetBucketNotification"},
    {"GetBucketReplication", "GetReplicationConfiguration"},
    {"GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"},
    {"GetPublicAccessBlock", "GetBucketPublicAccessBlock"},
    {"HeadBucket", "ListBucket"},
    {"HeadObject", "GetObject"},
    {"ListBucketAnalyticsConfigurations", "GetAnalyticsConfiguration"},
    {"ListBucketIntelligentTieringConfigurations", "GetIntelligentTieringConfiguration"},
    {"ListBucketInventoryConfigurations", "GetInventoryConfiguration"},
    {"ListBucketMetricsConfigurations", "GetMetricsConfiguration"},
    {"ListBuckets", "ListAllMyBuckets"},
    {"ListMultipartUploads", "ListBucketMultipartUploads"},
    {"ListObjects", "ListBucket"},
    {"ListObjectsV2", "ListBucket"},
    {"ListObjectVersions", "ListBucketVersions"},
    {"ListParts", "ListMultipartUploadParts"},
    {"PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"},
    {"PutBucketEncryption", "PutEncryptionConfiguration"},
    {"PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"},
    {"PutBucketNotificationConfiguration", "PutBucketNotification"},
    {"PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"},
    {"PutPublicAccessBlock", "PutBucketPublicAccessBlock"},
    {"UploadPart", "PutObject"},
    {"UploadPartCopy", "PutObject"},
};

// ARNs of S3 name no region and no account.
Resource resource_of(const std::string& bucket, const std::string& key) {
  return {"s3", "", "", "", key.empty() ? bucket : bucket + "/" + key};
}

}  // namespace

Access access_of(const Operation& op) {
  const std::string_view method = op.method;
  return method == "GET" || method == "HEAD" ? Access::reads : Access::writes;
}

std::string action_of(const Operation& op) {
  for (const auto& [name, action] : kActions)
    if (name == op.name) return "s3:" + std::string(action);
  return std::string("s3:") + op.name;
}

std::vector<Demand> demands_of(const Operation& op, const Call& call) {
  const std::string action = action_of(op);
  if (action == "s3:DeleteObject" && call.key.empty()) return {};
  std::vector<Demand> out{{action, resource_of(call.bucket, call.key)}};
  if (op.copies) {
    const storage::ObjectId source = copy_source_of(call);
    out.push_back({"s3:GetObject", resource_of(source.bucket.name, source.key)});
  }
  return out;
}

Demand demand_of_key(const Operation& op, const Call& call, const std::string& key) {
  return {action_of(op), resource_of(call.bucket, key)};
}

}  // namespace millrace::s3
