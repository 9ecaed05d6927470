// What the operations on permissions have in common. Source: botocore lambda/2015-03-31.
#pragma once

#include "api/lambda/names.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

inline constexpr Rules kStatementId = rules(required, length(1, 100), pattern("([a-zA-Z0-9-_]+)"));
inline constexpr Rules kNamespacedStatementId = rules(required, length(1, 100), pattern("([a-zA-Z0-9-_.]+)"));
inline constexpr PatternRule kOrganization = pattern("o-[a-z0-9]{10,32}");

struct PolicyOutput {
  std::string policy, revision;
};
inline constexpr auto kPolicyOutput =
    shape<PolicyOutput>(field("Policy", &PolicyOutput::policy), field("RevisionId", &PolicyOutput::revision));
[[nodiscard]] PolicyOutput describe(const ResourcePolicy& policy);

// What a permission is added to or removed from: the function, a version or an alias.
struct PermissionTarget {
  QualifiedFunction function;
  std::string arn;       // with the qualifier, if the request has one
  std::string revision;  // of the function, version or alias, as GetFunction and GetAlias show it
};
// Throws alias_not_found for what can be the name of an alias, and otherwise function_not_found.
[[nodiscard]] PermissionTarget permission_target(const Functions& functions, const Target& target);

// Checks the revision that a request wants a policy to have; `without_policy`: the one that counts while
// there is no policy, `reader`: the operation that returns it. Throws policy_revision_mismatch.
void check_revision(const std::optional<std::string>& wanted, const ResourcePolicy& now,
                    std::string_view without_policy, std::string_view reader);

}  // namespace millrace::lambda
