#include "api/kms/errors.h"

namespace millrace::kms {

namespace {

ApiError not_found(const std::string& text) { return {400, "NotFoundException", text}; }
ApiError invalid_state(const std::string& text) { return {400, "KMSInvalidStateException", text}; }
ApiError access_denied(const std::string& text) { return {400, "AccessDeniedException", text}; }

std::string not_authorized(const Principal& caller, std::string_view resource) {
  return "User: " + caller.arn + " is not authorized to perform: kms:" + std::string(caller.operation) +
         " on resource: " + std::string(resource);
}

}  // namespace

ApiError invalid(const std::string& text) { return {400, "ValidationException", text}; }
// AWS does not repeat secret values.
ApiError invalid_length(const std::string& member, const std::string& violation) {
  return invalid("1 validation error detected: Value at '" + member +
                 "' failed to satisfy constraint: Member must have length " + violation);
}

ApiError invalid_key_id(std::string_view text) {
  return not_found("Invalid keyId '" + std::string(text) + "'");
}
ApiError invalid_region(std::string_view region) { return not_found("Invalid arn " + std::string(region)); }
ApiError no_key(const std::string& arn) { return not_found("Key '" + arn + "' does not exist"); }
ApiError no_alias(const std::string& arn) { return not_found("Alias " + arn + " is not found."); }
ApiError other_account(const Principal& caller, std::string_view arn) {
  return access_denied(not_authorized(caller, arn) + " because no resource-based policy allows the kms:" +
                       std::string(caller.operation) + " action");
}
ApiError no_key_of_ciphertext() {
  return access_denied(
      "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or "
      "you are not allowed to access.");
}

ApiError disabled(const std::string& arn) { return {400, "DisabledException", arn + " is disabled."}; }
ApiError pending_deletion(const std::string& arn) { return invalid_state(arn + " is pending deletion."); }
ApiError not_pending_deletion(const std::string& arn) {
  return invalid_state(arn + " is not pending deletion.");
}
// The key policies of these keys allow AWS's services alone to change them.
ApiError managed_by_aws(const Principal& caller, const std::string& arn) {
  return access_denied(not_authorized(caller, arn));
}
ApiError wrong_usage(const std::string& arn, std::string_view usage, std::string_view operation) {
  return {400, "InvalidKeyUsageException",
          arn + " key usage is " + std::string(usage) + " which is not valid for " + std::string(operation) +
              "."};
}
ApiError wrong_algorithm(std::string_view algorithm, std::string_view spec) {
  return {
      400, "InvalidKeyUsageException",
      "Algorithm " + std::string(algorithm) + " is incompatible with key spec " + std::string(spec) + "."};
}
ApiError unsupported(const std::string& text) { return {400, "UnsupportedOperationException", text}; }
ApiError unavailable(const std::string& arn) {
  return {500, "KeyUnavailableException", "The material of " + arn + " cannot be decrypted."};
}

ApiError bad_ciphertext() { return {400, "InvalidCiphertextException", ""}; }
ApiError wrong_key() {
  return {400, "IncorrectKeyException",
          "The key ID in the request does not identify a CMK that can perform this operation."};
}
ApiError bad_signature() { return {400, "KMSInvalidSignatureException", ""}; }
ApiError bad_mac() { return {400, "KMSInvalidMacException", ""}; }
ApiError bad_digest_length(std::string_view algorithm) {
  return invalid("Digest is invalid length for algorithm " + std::string(algorithm) + ".");
}
ApiError too_long(std::string_view algorithm, std::string_view spec, std::size_t most) {
  return invalid("Algorithm " + std::string(algorithm) + " and key spec " + std::string(spec) +
                 " cannot encrypt data larger than " + std::to_string(most) + " bytes.");
}
ApiError dry_run() {
  return {400, "DryRunOperationException", "The request would have succeeded, but the DryRun option is set."};
}

ApiError alias_without_prefix() {
  return invalid(
      "Alias must start with the prefix \"alias/\". Please see "
      "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
}
ApiError alias_reserved() { return {400, "NotAuthorizedException", ""}; }
ApiError alias_exists(const std::string& arn) {
  return {400, "AlreadyExistsException", "An alias with the name " + arn + " already exists"};
}
ApiError alias_to_alias() { return invalid("Aliases must refer to keys. Not aliases"); }
ApiError tag_error(const std::string& text) { return {400, "TagException", text}; }
ApiError malformed_policy(const std::string& text) { return {400, "MalformedPolicyDocumentException", text}; }
ApiError policy_lockout() {
  return malformed_policy("The new key policy will not allow you to update the key policy in the future.");
}
ApiError no_policy(std::string_view name) { return not_found("No such policy exists: " + std::string(name)); }
ApiError no_grant(std::string_view id) { return not_found("Grant ID " + std::string(id) + " not found"); }
ApiError bad_grant_token() { return {400, "InvalidGrantTokenException", "The grant token is not valid."}; }
ApiError bad_marker() { return {400, "InvalidMarkerException", "The marker is not valid."}; }
ApiError limit_exceeded(const std::string& text) { return {400, "LimitExceededException", text}; }
ApiError rotation_limit(const std::string& arn) {
  return limit_exceeded(
      "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can "
      "be performed for this key: " +
      arn);
}

ApiError internal() { return {500, "KMSInternalException", "An internal error occurred."}; }

}  // namespace millrace::kms
