#include "api/sts/errors.h"

namespace millrace::sts {

ApiError invalid(const std::string& text) { return {400, "ValidationError", text}; }
ApiError invalid_parameter(const std::string& text) { return {400, "InvalidParameterValue", text}; }
ApiError malformed_policy(const std::string& why) { return {400, "MalformedPolicyDocument", why}; }
ApiError packed_policy_too_large(std::size_t percent) {
  return {400, "PackedPolicyTooLarge",
          "Packed size of session tags consumes " + std::to_string(percent) + "% of allotted space."};
}
ApiError cannot_assume(const std::string& caller, const std::string& role) {
  return access_denied("User: " + caller +
                       " is not authorized to perform: sts:AssumeRole on resource: " + role);
}
ApiError access_denied(const std::string& why) { return {403, "AccessDenied", why}; }
ApiError no_such_key(const std::string& id) {
  return access_denied("The access key " + id + " does not belong to an account of this server.");
}
ApiError internal() {
  return {500, "InternalFailure",
          "The request processing has failed because of an unknown error, exception or failure."};
}

}  // namespace millrace::sts
