// A policy document, parsed once and evaluated many times.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace millrace::auth {

// Identity: attached to users, groups and roles, and boundaries. Resource: attached to a resource; it names
// principals. Trust: who may assume a role.
enum class PolicyKind : std::uint8_t { identity, resource, trust };

// The document is not a policy. what() is the text of AWS's MalformedPolicyDocument.
class MalformedPolicy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Policy;  // api/auth/policies/document.h
using PolicyPtr = std::shared_ptr<const Policy>;

// Parses a stranger's document with bounds (depth, size, number of statements). Throws MalformedPolicy.
[[nodiscard]] PolicyPtr parse_policy(std::string_view json, PolicyKind kind);

// The policies that apply to one identity.
struct PolicySet {
  std::vector<PolicyPtr> identity;    // inline, attached, and of the user's groups
  PolicyPtr boundary;                 // nullptr: none
  std::vector<PolicyPtr> session;     // of AssumeRole; an action must be allowed by one of them
  bool has_session_policies = false;  // false: `session` does not restrict anything
};
using PolicySetPtr = std::shared_ptr<const PolicySet>;

}  // namespace millrace::auth
