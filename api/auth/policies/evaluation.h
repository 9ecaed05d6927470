// The decision whether a caller may do an action on a resource.
// Source: the IAM user guide, "Policy evaluation logic".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/auth/identity.h"
#include "api/auth/policies/context.h"
#include "api/auth/policies/document.h"
#include "api/auth/policies/policy.h"

namespace millrace::auth {

// What a caller asks for. The views and references must outlive the request.
struct AccessRequest {
  std::string_view action;            // "kinesis:PutRecord"
  std::string_view resource;          // the full ARN, or "*"
  std::string_view resource_account;  // twelve digits; empty: the caller's
  const Identity& caller;             // of a service, `name` is its principal: "lambda.amazonaws.com"
  const Context& context;             // the keys that do not follow from the caller (RequestKeys)
};

// Whose permission is enough inside an account.
enum class ResourceRule : std::uint8_t {
  either,         // the caller's policies or the resource's: most resources
  resource_must,  // the resource's policy must allow it, or delegate to the account's policies: KMS keys
  trust,          // likewise, of the trust policy of a role
};

struct Decision {
  enum class Outcome : std::uint8_t { allowed, explicit_deny, implicit_deny };
  // The kind of the policies that deny, or that do not allow. none: it is allowed.
  enum class Source : std::uint8_t { none, identity, resource, boundary, session, trust };

  Outcome outcome = Outcome::implicit_deny;
  Source source = Source::none;

  [[nodiscard]] bool allowed() const { return outcome == Outcome::allowed; }
};

// A statement that applies to a request, for SimulatePrincipalPolicy.
struct MatchedStatement {
  const Policy* policy = nullptr;
  std::size_t index = 0;  // in Policy::statements()
  Decision::Source source = Decision::Source::none;
};

// Decides by the caller's policies and those of the resource, which are of the kinds resource and trust.
// A Deny that applies wins. Otherwise:
// - In the resource's account, the caller's policies must allow (identity policies, within the permissions
//   boundary and the session policies), or the resource's policy. If that names the user, the session or
//   everyone, it is enough; if it names the role, boundary and session policies still limit it; if it names
//   the account, it is enough only to satisfy `rule`.
// - From another account, both must allow.
// - Policies of the caller do not apply to the root user. Services and anonymous callers need the resource's
//   policy only.
// NotPrincipal denies who is not listed with everything that stands for it: a user with its account, a
// session with its role and its account. With Allow, it excludes who is listed with any of them. A policy
// variable without a value matches nothing. An Allow with NotResource and such a variable does not apply.
// With `matched`, the statements that apply are appended. Takes a few microseconds with 50 statements. Safe
// from any thread, if the context is not shared.
[[nodiscard]] Decision decide(const AccessRequest& request, const PolicySet& of_caller,
                              std::span<const PolicyPtr> of_resource, ResourceRule rule,
                              std::vector<MatchedStatement>* matched = nullptr);

// The message of AWS's AccessDenied for a decision that does not allow: "User: ARN is not authorized to
// perform: ACTION on resource: ARN because no identity-based policy allows the ACTION action". A trust policy
// is not named: the answer is the same for a role that does not exist.
[[nodiscard]] std::string denial_text(const AccessRequest& request, const Decision& decision);

}  // namespace millrace::auth
