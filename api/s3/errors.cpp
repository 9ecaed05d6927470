#include "api/s3/errors.h"

#include <initializer_list>
#include <utility>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/core/xml_error.h"

namespace millrace::s3 {

namespace {

using Text = std::string;

ApiError error(unsigned status, std::string_view code, std::string_view message,
               std::initializer_list<XmlElement> elements = {}) {
  return xml_error(status, code, message, elements);
}

Text number(std::uint64_t n) { return std::to_string(n); }

}  // namespace

ApiError no_such_bucket(std::string_view bucket) {
  return error(404, "NoSuchBucket", "The specified bucket does not exist", {{"BucketName", Text(bucket)}});
}
ApiError no_such_key(std::string_view key) {
  return error(404, "NoSuchKey", "The specified key does not exist.", {{"Key", Text(key)}});
}
ApiError no_such_upload(std::string_view upload) {
  return error(
      404, "NoSuchUpload",
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
      "aborted or completed.",
      {{"UploadId", Text(upload)}});
}
ApiError no_such_version(std::string_view key, std::string_view version) {
  return error(404, "NoSuchVersion", "The specified version does not exist.",
               {{"Key", Text(key)}, {"VersionId", Text(version)}});
}
ApiError no_such_setting(std::string_view code, std::string_view message, std::string_view bucket) {
  return error(404, code, message, {{"BucketName", Text(bucket)}});
}

ApiError no_such_configuration() {
  return error(404, "NoSuchConfiguration", "The specified configuration does not exist.");
}

ApiError bucket_already_owned(std::string_view bucket) {
  return error(409, "BucketAlreadyOwnedByYou",
               "Your previous request to create the named bucket succeeded and you already own it.",
               {{"BucketName", Text(bucket)}});
}
ApiError bucket_not_empty(std::string_view bucket) {
  return error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty",
               {{"BucketName", Text(bucket)}});
}
ApiError invalid_bucket_name(std::string_view bucket) {
  return error(400, "InvalidBucketName", "The specified bucket is not valid.",
               {{"BucketName", Text(bucket)}});
}
ApiError invalid_location(std::string_view location) {
  return error(400, "InvalidLocationConstraint", "The specified location-constraint is not valid",
               {{"LocationConstraint", Text(location)}});
}
ApiError illegal_location(std::string_view location) {
  return error(400, "IllegalLocationConstraintException",
               "The " + (location.empty() ? "unspecified" : Text(location)) +
                   " location constraint is incompatible for the region specific endpoint this request was "
                   "sent to.");
}
ApiError key_too_long(std::size_t size) {
  return error(400, "KeyTooLongError", "Your key is too long",
               {{"Size", number(size)}, {"MaxSizeAllowed", "1024"}});
}
ApiError invalid_uri() { return error(400, "InvalidURI", "Couldn't parse the specified URI."); }

ApiError precondition_failed(std::string_view condition) {
  return error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
               {{"Condition", Text(condition)}});
}
ApiError not_implemented(std::string_view header, std::string_view more) {
  constexpr std::string_view kMessage = "A header you provided implies functionality that is not implemented";
  if (more.empty()) return error(501, "NotImplemented", kMessage, {{"Header", Text(header)}});
  return error(501, "NotImplemented", kMessage,
               {{"Header", Text(header)}, {"additionalMessage", Text(more)}});
}
ApiError operation_not_implemented(std::string_view what) {
  return error(501, "NotImplemented",
               "A request you provided implies functionality that is not implemented: " + Text(what));
}
ApiError method_not_allowed(std::string_view method, std::string_view resource) {
  return error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.",
               {{"Method", Text(method)}, {"ResourceType", Text(resource)}});
}

ApiError invalid_range(std::string_view range, std::uint64_t size) {
  return error(416, "InvalidRange", "The requested range is not satisfiable",
               {{"RangeRequested", Text(range)}, {"ActualObjectSize", number(size)}});
}
ApiError invalid_part_number_read(std::uint64_t asked, std::uint64_t parts) {
  return error(416, "InvalidPartNumber", "The requested partnumber is not satisfiable",
               {{"PartNumberRequested", number(asked)}, {"ActualPartCount", number(parts)}});
}
ApiError malformed_xml() {
  return error(400, "MalformedXML",
               "The XML you provided was not well-formed or did not validate against our published schema");
}
ApiError versioning_not_specified() {
  return error(400, "IllegalVersioningConfigurationException", "The Versioning element must be specified");
}
ApiError invalid_argument(std::string_view message, std::string_view name, std::string_view value) {
  return error(400, "InvalidArgument", message,
               {{"ArgumentName", Text(name)}, {"ArgumentValue", Text(value)}});
}
ApiError invalid_argument(std::string_view message, std::string_view name) {
  return error(400, "InvalidArgument", message, {{"ArgumentName", Text(name)}});
}
ApiError invalid_request(std::string_view message) { return error(400, "InvalidRequest", message); }
ApiError bad_request(std::string_view message) { return error(400, "BadRequest", message); }
ApiError invalid_tag(std::string_view message, std::string_view key) {
  return error(400, "InvalidTag", message, {{"TagKey", Text(key)}});
}
ApiError invalid_tag_value(std::string_view message, std::string_view key, std::string_view value) {
  return error(400, "InvalidTag", message, {{"TagKey", Text(key)}, {"TagValue", Text(value)}});
}
ApiError invalid_storage_class(std::string_view name) {
  return error(400, "InvalidStorageClass", "The storage class you specified is not valid",
               {{"StorageClassRequested", Text(name)}});
}
ApiError metadata_too_large(std::size_t size) {
  return error(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size",
               {{"Size", number(size)}, {"MaxSizeAllowed", "2048"}});
}

ApiError bad_digest(std::string_view algorithm) {
  return error(400, "BadDigest",
               "The " + Text(algorithm) + " you specified did not match the calculated checksum.");
}
ApiError bad_part_digest(std::string_view algorithm, std::uint32_t part) {
  return error(400, "BadDigest",
               "The " + Text(algorithm) + " you specified for part " + number(part) +
                   " did not match what we received.");
}
ApiError bad_content_md5(std::string_view expected, std::string_view calculated) {
  return error(400, "BadDigest", "The Content-MD5 you specified did not match what we received.",
               {{"ExpectedDigest", hex(expected)}, {"CalculatedDigest", base64_encode(calculated)}});
}
ApiError bad_content_md5_of_part(std::string_view expected, std::string_view calculated) {
  return error(
      400, "BadDigest", "The Content-MD5 you specified did not match what we received.",
      {{"ExpectedDigest", base64_encode(expected)}, {"CalculatedDigest", base64_encode(calculated)}});
}
ApiError invalid_digest(std::string_view value) {
  return error(400, "InvalidDigest", "The Content-MD5 you specified was invalid.",
               {{"Content-MD5", Text(value)}});
}
ApiError content_sha256_mismatch(std::string_view sent, std::string_view computed) {
  return error(400, "XAmzContentSHA256Mismatch",
               "The provided 'x-amz-content-sha256' header does not match what was computed.",
               {{"ClientComputedContentSHA256", Text(sent)}, {"S3ComputedContentSHA256", Text(computed)}});
}
ApiError incomplete_body() {
  return error(400, "IncompleteBody", "The request body terminated unexpectedly");
}
ApiError missing_content_length() {
  return error(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
}
ApiError malformed_trailer() {
  return error(400, "MalformedTrailerError",
               "The request contained trailing data that was not well-formed or did not conform to our "
               "published schema.");
}
ApiError request_timeout() {
  return {400, "RequestTimeout",
          "Your socket connection to the server was not read from or written to within the timeout period. "
          "Idle connections will be closed."};
}

ApiError entity_too_large(std::uint64_t limit, std::uint64_t size) {
  constexpr std::string_view kMessage = "Your proposed upload exceeds the maximum allowed size";
  if (size == 0) return error(400, "EntityTooLarge", kMessage, {{"MaxSizeAllowed", number(limit)}});
  return error(400, "EntityTooLarge", kMessage,
               {{"ProposedSize", number(size)}, {"MaxSizeAllowed", number(limit)}});
}
ApiError entity_too_small(std::uint64_t size, std::uint64_t limit, std::uint32_t part, std::string_view tag) {
  return error(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size",
               {{"ProposedSize", number(size)},
                {"MinSizeAllowed", number(limit)},
                {"PartNumber", number(part)},
                {"ETag", Text(tag)}});
}
ApiError invalid_part(std::string_view upload, std::uint32_t part, std::string_view tag) {
  return error(400, "InvalidPart",
               "One or more of the specified parts could not be found.  The part may not have been uploaded, "
               "or the specified entity tag may not match the part's entity tag.",
               {{"UploadId", Text(upload)}, {"PartNumber", number(part)}, {"ETag", Text(tag)}});
}
ApiError invalid_part_order(std::string_view upload) {
  return error(400, "InvalidPartOrder",
               "The list of parts was not in ascending order. Parts must be ordered by part number.",
               {{"UploadId", Text(upload)}});
}

ApiError malformed_policy(std::string_view reason) { return error(400, "MalformedPolicy", reason); }
ApiError policy_too_large() {
  return error(400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.");
}
ApiError public_policy_blocked(std::string_view caller, std::string_view bucket) {
  return error(403, "AccessDenied",
               "User: " + Text(caller) + " is not authorized to perform: s3:PutBucketPolicy on resource: \"" +
                   Text(bucket) +
                   "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block "
                   "Public Access.");
}

ApiError access_denied(std::string_view reason) { return error(403, "AccessDenied", reason); }
ApiError headers_not_signed(std::string_view header) {
  return error(403, "AccessDenied", "There were headers present in the request which were not signed",
               {{"HeadersNotSigned", Text(header)}});
}
ApiError invalid_bucket_owner(std::string_view owner) {
  return error(
      400, "InvalidBucketOwnerAWSAccountID",
      "The value of the expected bucket owner parameter must be an AWS Account ID... [" + Text(owner) + "]");
}
ApiError acl_not_supported() {
  return error(400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
}
ApiError bucket_acl_with_ownership() {
  return error(400, "InvalidBucketAclWithObjectOwnership",
               "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
}
ApiError invalid_encryption(std::string_view algorithm) {
  return error(400, "InvalidEncryptionAlgorithmError",
               "The Encryption request you specified is not valid. Supported value: AES256.",
               {{"ArgumentName", "x-amz-server-side-encryption"}, {"ArgumentValue", Text(algorithm)}});
}
ApiError lock_configuration_missing() {
  return invalid_request("Bucket is missing Object Lock Configuration");
}
ApiError lock_needs_versioning() {
  return error(409, "InvalidBucketState",
               "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
}
ApiError lock_header_missing(std::string_view missing) {
  return invalid_argument(
      "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied", missing);
}

ApiError operation_aborted() {
  return error(409, "OperationAborted",
               "A conflicting conditional operation is currently in progress against this resource. Please "
               "try again.");
}
ApiError conditional_conflict(std::string_view condition, std::string_view key) {
  return error(409, "ConditionalRequestConflict",
               "The conditional request cannot succeed due to a conflicting operation against this resource.",
               {{"Condition", Text(condition)}, {"Key", Text(key)}});
}
ApiError slow_down() { return error(503, "SlowDown", "Please reduce your request rate."); }
ApiError internal_error() {
  return error(500, "InternalError", "We encountered an internal error. Please try again.");
}

}  // namespace millrace::s3
