// The errors of resource policies. Texts: LocalStack's recordings of AWS (TestLambdaPermissions,
// TestLambdaLayer), and reports of users for policy_too_long and member_of_another_action.
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

using Text = std::string;

ApiError invalid_parameter(const Text& message) { return {400, "InvalidParameterValueException", message}; }
ApiError not_found(const Text& message) { return {404, "ResourceNotFoundException", message}; }

}  // namespace

ApiError no_policy() { return not_found("The resource you requested does not exist."); }
ApiError policy_missing() { return not_found("No policy is associated with the given resource."); }
ApiError no_policy_of(std::string_view arn) { return not_found("No policy found for: " + Text(arn)); }
ApiError statement_exists(std::string_view sid) {
  return {409, "ResourceConflictException",
          "The statement id (" + Text(sid) +
              ") provided already exists. Please provide a new statement id, or remove the existing "
              "statement."};
}
ApiError statement_not_found(std::string_view sid) {
  return not_found("Statement " + Text(sid) + " is not found in resource policy.");
}
ApiError policy_revision_mismatch(std::string_view reader) {
  return {412, "PreconditionFailedException",
          "The Revision Id provided does not match the latest Revision Id. Call the " + Text(reader) +
              " API to retrieve the latest Revision Id"};
}
ApiError policy_too_long(std::size_t size, std::size_t limit) {
  return {400, "PolicyLengthExceededException",
          "The final policy size (" + std::to_string(size) + ") is bigger than the limit (" +
              std::to_string(limit) + ")."};
}
ApiError policy_of_latest() {
  return invalid_parameter("We currently do not support adding policies for $LATEST.");
}
ApiError bad_principal() {
  return invalid_parameter("The provided principal was invalid. Please check the principal and try again.");
}
ApiError member_of_another_action(std::string_view member, std::string_view action) {
  return invalid_parameter(Text(member) + " is only supported for " + Text(action) + " action");
}
ApiError layer_version_not_found(std::string_view arn) {
  return not_found("Layer version " + Text(arn) + " does not exist.");
}

}  // namespace millrace::lambda
