#include "api/s3/settings.h"

#include <algorithm>

#include "api/s3/errors.h"
#include "api/s3/tags.h"

namespace millrace::s3 {

namespace {

std::size_t elements(const pugi::xml_node& node) {
  std::size_t n = 0;
  for (const pugi::xml_node& one : node.children()) n += one.type() == pugi::node_element;
  return n;
}

std::string element(const std::string& name, std::string_view text) {
  std::string out = "<" + name + ">";
  append_xml_escaped(out, text);
  return out + "</" + name + ">";
}

// A document that turns nothing on.
std::string nothing(const pugi::xml_node& root) {
  if (elements(root) > 0) throw operation_not_implemented(std::string(local_name(*root.begin())));
  return "";
}

// Of those that are Enabled or Suspended.
std::string suspended(const pugi::xml_node& root) {
  const std::string status = child_text(root, "Status");
  if (child(root, "MfaDelete") && child_text(root, "MfaDelete") != "Disabled")
    throw operation_not_implemented("MfaDelete");
  if (status == "Enabled")
    throw operation_not_implemented("Status Enabled in " + std::string(local_name(root)));
  if (status != "Suspended") throw malformed_xml();
  return element("Status", status);
}

std::string versioning(const pugi::xml_node& root) {
  if (!child(root, "Status")) throw versioning_not_specified();
  return suspended(root);
}

std::string request_payment(const pugi::xml_node& root) {
  const std::string payer = child_text(root, "Payer");
  if (payer == "Requester") throw operation_not_implemented("Payer Requester");
  if (payer != "BucketOwner") throw malformed_xml();
  return element("Payer", payer);
}

constexpr const char* kBlocks[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                   "RestrictPublicBuckets"};

std::string public_access_block(const pugi::xml_node& root) {
  std::string out;
  for (const char* name : kBlocks) {
    const std::string value = child_text(root, name);
    if (!value.empty() && value != "true" && value != "false" && value != "TRUE" && value != "FALSE")
      throw malformed_xml();
    if (value != "true" && value != "TRUE")
      throw operation_not_implemented(std::string(name) +
                                      " other than true in PublicAccessBlockConfiguration");
    out += element(name, "true");
  }
  return out;
}

// The one rule that such a document may have.
pugi::xml_node only_rule(const pugi::xml_node& root) {
  const pugi::xml_node rule = child(root, "Rule");
  if (!rule || elements(root) != 1) throw malformed_xml();
  return rule;
}

std::string ownership(const pugi::xml_node& root) {
  const std::string value = child_text(only_rule(root), "ObjectOwnership");
  if (value == "ObjectWriter" || value == "BucketOwnerPreferred")
    throw operation_not_implemented("ObjectOwnership " + value);
  if (value != "BucketOwnerEnforced") throw malformed_xml();
  return "<Rule>" + element("ObjectOwnership", value) + "</Rule>";
}

std::string encryption(const pugi::xml_node& root) {
  const pugi::xml_node rule = only_rule(root), wanted = child(rule, "ApplyServerSideEncryptionByDefault");
  const std::string algorithm = child_text(wanted, "SSEAlgorithm");
  if (algorithm.starts_with("aws:kms")) throw operation_not_implemented("SSEAlgorithm " + algorithm);
  if (algorithm != "AES256") throw malformed_xml();
  if (child(wanted, "KMSMasterKeyID"))
    throw invalid_argument(
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        "ApplyServerSideEncryptionByDefault", "");
  if (child(rule, "BlockedEncryptionTypes")) throw operation_not_implemented("BlockedEncryptionTypes");
  const bool bucket_key = child_text(rule, "BucketKeyEnabled") == "true";
  return "<Rule><ApplyServerSideEncryptionByDefault>" + element("SSEAlgorithm", algorithm) +
         "</ApplyServerSideEncryptionByDefault>" +
         element("BucketKeyEnabled", bucket_key ? "true" : "false") + "</Rule>";
}

std::string tagging(const pugi::xml_node& root) {
  if (!child(root, "TagSet")) throw malformed_xml();
  const Tags tags = tags_of_xml(child(root, "TagSet"), kBucketTags);
  if (tags.empty()) return "";
  return kept_tag_set(tags);
}

constexpr std::string_view kFreshBlock =
    "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>"
    "<BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>";
constexpr std::string_view kFreshOwnership =
    "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>";
constexpr std::string_view kFreshEncryption =
    "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
    "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>";

constexpr auto kVersioning = shape_of<SettingInput>(
    kOnBucket, kDigests, field("VersioningConfiguration", &SettingInput::document, in_payload),
    ignored<std::string>("x-amz-mfa", "no bucket asks for it", in_header));
constexpr auto kLogging = shape_of<SettingInput>(
    kOnBucket, kDigests, field("BucketLoggingStatus", &SettingInput::document, in_payload));
constexpr auto kAccelerate = shape_of<SettingInput>(
    kOnBucket, kDigests, field("AccelerateConfiguration", &SettingInput::document, in_payload));
constexpr auto kNotification = shape_of<SettingInput>(
    kOnBucket, kDigests, field("NotificationConfiguration", &SettingInput::document, in_payload),
    ignored<std::string>("x-amz-skip-destination-validation", "no destination is taken", in_header));
constexpr auto kRequestPayment = shape_of<SettingInput>(
    kOnBucket, kDigests, field("RequestPaymentConfiguration", &SettingInput::document, in_payload));
constexpr auto kAccessBlock = shape_of<SettingInput>(
    kOnBucket, kDigests, field("PublicAccessBlockConfiguration", &SettingInput::document, in_payload));
constexpr auto kOwnership = shape_of<SettingInput>(
    kOnBucket, kDigests, field("OwnershipControls", &SettingInput::document, in_payload));
constexpr auto kEncryption = shape_of<SettingInput>(
    kOnBucket, kDigests, field("ServerSideEncryptionConfiguration", &SettingInput::document, in_payload));
constexpr auto kTagging =
    shape_of<SettingInput>(kOnBucket, kDigests, field("Tagging", &SettingInput::document, in_payload));

constexpr Setting kSettings[] = {
    {"/{Bucket}?versioning", "GetBucketVersioning", "PutBucketVersioning", nullptr, "VersioningConfiguration",
     "", "", "", 200, versioning, false, kVersioning},
    {"/{Bucket}?logging", "GetBucketLogging", "PutBucketLogging", nullptr, "BucketLoggingStatus", "", "", "",
     200, nothing, false, kLogging},
    {"/{Bucket}?accelerate", "GetBucketAccelerateConfiguration", "PutBucketAccelerateConfiguration", nullptr,
     "AccelerateConfiguration", "", "", "", 200, suspended, false, kAccelerate,
     "s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration"},
    {"/{Bucket}?notification", "GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration",
     nullptr, "NotificationConfiguration", "", "", "", 200, nothing, false, kNotification,
     "s3:GetBucketNotification", "s3:PutBucketNotification"},
    {"/{Bucket}?requestPayment", "GetBucketRequestPayment", "PutBucketRequestPayment", nullptr,
     "RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>", "", "", 200, request_payment, false,
     kRequestPayment},
    {"/{Bucket}?publicAccessBlock", "GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock",
     "PublicAccessBlockConfiguration", kFreshBlock, "NoSuchPublicAccessBlockConfiguration",
     "The public access block configuration was not found", 200, public_access_block, true, kAccessBlock,
     "s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"},
    {"/{Bucket}?ownershipControls", "GetBucketOwnershipControls", "PutBucketOwnershipControls",
     "DeleteBucketOwnershipControls", "OwnershipControls", kFreshOwnership, "OwnershipControlsNotFoundError",
     "The bucket ownership controls were not found", 200, ownership, true, kOwnership, nullptr,
     "s3:PutBucketOwnershipControls"},
    {"/{Bucket}?encryption", "GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption",
     "ServerSideEncryptionConfiguration", kFreshEncryption, "", "", 200, encryption, false, kEncryption,
     "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"},
    {"/{Bucket}?tagging", "GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging", "Tagging", "",
     "NoSuchTagSet", "The TagSet does not exist", 204, tagging, false, kTagging, nullptr,
     "s3:PutBucketTagging"},
    {"/{Bucket}?cors",
     "GetBucketCors",
     nullptr,
     "DeleteBucketCors",
     "",
     "",
     "NoSuchCORSConfiguration",
     "The CORS configuration does not exist",
     0,
     nullptr,
     false,
     {},
     "s3:GetBucketCORS",
     "s3:PutBucketCORS"},
    {"/{Bucket}?object-lock",
     "GetObjectLockConfiguration",
     nullptr,
     nullptr,
     "",
     "",
     "ObjectLockConfigurationNotFoundError",
     "Object Lock configuration does not exist for this bucket",
     0,
     nullptr,
     false,
     {},
     "s3:GetBucketObjectLockConfiguration"},
    {"/{Bucket}?website",
     "GetBucketWebsite",
     nullptr,
     "DeleteBucketWebsite",
     "",
     "",
     "NoSuchWebsiteConfiguration",
     "The specified bucket does not have a website configuration",
     0,
     nullptr,
     false,
     {}},
    {"/{Bucket}?replication",
     "GetBucketReplication",
     nullptr,
     "DeleteBucketReplication",
     "",
     "",
     "ReplicationConfigurationNotFoundError",
     "The replication configuration was not found",
     0,
     nullptr,
     false,
     {},
     "s3:GetReplicationConfiguration",
     "s3:PutReplicationConfiguration"},
};

}  // namespace

std::string kept_tag_set(const Tags& tags) {
  XmlWriter xml;
  xml.open("TagSet");
  write_tags(xml, tags);
  xml.close("TagSet");
  const std::string document = xml.take();
  return document.substr(document.find("<TagSet>"));
}

std::span<const Setting> settings() { return kSettings; }

}  // namespace millrace::s3
