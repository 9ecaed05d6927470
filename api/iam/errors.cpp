#include "api/iam/errors.h"

namespace millrace::iam {

namespace {

ApiError no_such(const std::string& text) { return {404, "NoSuchEntity", text}; }
ApiError conflict(const std::string& text) { return {409, "DeleteConflict", text}; }
ApiError limit_exceeded(const std::string& text) { return {409, "LimitExceeded", text}; }

std::string capitalized(std::string text) {
  text[0] = static_cast<char>(text[0] - 32);
  return text;
}

}  // namespace

ApiError invalid(const std::string& text) { return {400, "ValidationError", text}; }
ApiError invalid_input(const std::string& text) { return {400, "InvalidInput", text}; }
ApiError invalid_marker() { return invalid("Invalid Marker"); }
ApiError invalid_name(const char* member) {
  return invalid("The specified value for " + std::string(member) +
                 " is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
}
ApiError invalid_path(const char* member) {
  return invalid(
      "The specified value for " + std::string(member) +
      " is invalid. It must begin and end with / and contain only alphanumeric characters and/or / "
      "characters.");
}
ApiError invalid_arn(const std::string& arn) { return invalid("ARN " + arn + " is not valid."); }
ApiError duplicate_tags(bool in_any_case) {
  return invalid_input(in_any_case
                           ? "Duplicate tag keys found. Please note that Tag keys are case insensitive."
                           : "Duplicate tag keys found.");
}
ApiError reserved_tag() {
  return invalid_input("Tag keys that begin with aws: are reserved for system use.");
}
ApiError no_user_named() { return invalid("Must specify userName when calling with non-User credentials"); }
ApiError malformed_policy(const std::string& why) { return {400, "MalformedPolicyDocument", why}; }

ApiError no_such_entity(auth::EntityKind kind, const std::string& name) {
  return no_such("The " + std::string(auth::type_of(kind)) + " with name " + name + " cannot be found.");
}
ApiError no_such_inline_policy(auth::EntityKind kind, const std::string& policy) {
  return no_such("The " + std::string(auth::type_of(kind)) + " policy with name " + policy +
                 " cannot be found.");
}
ApiError no_such_policy(const std::string& arn) { return no_such("Policy " + arn + " was not found."); }
ApiError not_attachable(const std::string& arn) {
  return no_such("Policy " + arn + " does not exist or is not attachable.");
}
ApiError no_such_version(const std::string& arn, const std::string& version) {
  return no_such("Policy " + arn + " version " + version + " does not exist or is not attachable.");
}
ApiError no_such_access_key(const std::string& id) {
  return no_such("The Access Key with id " + id + " cannot be found.");
}
ApiError no_such_login_profile(const std::string& user) {
  return no_such("Login Profile for User " + user + " cannot be found.");
}
ApiError no_password_policy(const std::string& account) {
  return no_such("The Password Policy with domain name " + account + " cannot be found.");
}
ApiError no_boundary(auth::EntityKind kind, const std::string& name) {
  return no_such("The " + std::string(auth::type_of(kind)) + " " + name + " has no permissions boundary.");
}

ApiError entity_exists(auth::EntityKind kind, const std::string& name) {
  return {409, "EntityAlreadyExists",
          capitalized(auth::type_of(kind)) + " with name " + name + " already exists."};
}
ApiError policy_exists(const std::string& name) {
  return {409, "EntityAlreadyExists",
          "A policy called " + name + " already exists. Duplicate names are not allowed."};
}
ApiError delete_conflict(const std::string& what) { return conflict("Cannot delete entity, " + what + "."); }
ApiError policy_is_attached() { return conflict("Cannot delete a policy attached to entities."); }
ApiError policy_has_versions() {
  return conflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's "
      "versions. The default version is deleted with the policy.");
}
ApiError default_version_stays() { return conflict("Cannot delete the default version of a policy."); }

ApiError quota_exceeded(const std::string& quota, std::size_t limit) {
  return limit_exceeded("Cannot exceed quota for " + quota + ": " + std::to_string(limit));
}
ApiError too_many_versions() {
  return limit_exceeded(
      "A managed policy can have up to 5 versions. Before you create a new version, you must delete an "
      "existing version.");
}
ApiError too_many_tags() { return limit_exceeded("The number of tags has reached the maximum limit."); }
ApiError policies_too_large(auth::EntityKind kind, const std::string& name, std::size_t limit) {
  return limit_exceeded("Maximum policy size of " + std::to_string(limit) + " bytes exceeded for " +
                        auth::type_of(kind) + " " + name);
}

ApiError own_policy(const std::string& arn) {
  return {403, "AccessDenied", "The policy " + arn + " belongs to the server and cannot be changed."};
}
ApiError key_of_others(const std::string& caller, const std::string& id) {
  return {403, "AccessDenied",
          "User: " + caller +
              " is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key " + id};
}
ApiError internal() {
  return {500, "ServiceFailure",
          "The request processing has failed because of an unknown error, exception or failure."};
}

}  // namespace millrace::iam
