// A policy document as it is evaluated: every pattern compiled, every condition's value parsed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/auth/policies/condition.h"
#include "api/auth/policies/pattern.h"
#include "api/auth/policies/policy.h"

namespace millrace::auth {

// One name in Principal or NotPrincipal.
struct PrincipalName {
  // everyone: "*". account: an account's id or its root. arn: a user, a role or a session. id: AIDA... or
  // AROA..., which AWS puts in the place of an ARN. The evaluation matches no caller with the last two.
  enum class Kind : std::uint8_t { everyone, account, arn, id, service, federated, canonical_user };
  Kind kind = Kind::everyone;
  std::string text;  // of an account, its id
};

struct Statement {
  std::string sid;
  bool allow = false;
  bool not_actions = false, not_resources = false, not_principals = false;
  std::vector<Pattern> actions;    // in small letters
  std::vector<Pattern> resources;  // none in a trust policy, which is about its role
  std::vector<PrincipalName> principals;
  std::vector<Condition> conditions;
};

// Immutable; shared by all requests.
class Policy {
 public:
  Policy(PolicyKind kind, std::string version, std::vector<Statement> statements)
      : kind_(kind), version_(std::move(version)), statements_(std::move(statements)) {}

  [[nodiscard]] PolicyKind kind() const { return kind_; }
  [[nodiscard]] const std::string& version() const { return version_; }  // empty: the document names none
  [[nodiscard]] const std::vector<Statement>& statements() const { return statements_; }
  // The condition keys that conditions and variables name, as they are written, each once and sorted:
  // GetContextKeysForPrincipalPolicy.
  [[nodiscard]] std::vector<std::string> context_keys() const;

 private:
  PolicyKind kind_;
  std::string version_;
  std::vector<Statement> statements_;
};

// The longest document that parse_policy reads, in bytes. The services have lower limits.
// Source: botocore iam/2010-05-08, policyDocumentType.
inline constexpr std::size_t kMaxPolicyBytes = 131'072;

// The size of a document that AWS's quotas limit: the characters that are not white space.
[[nodiscard]] std::size_t policy_size(std::string_view json);

// Managed policies must have the newest version. Throws MalformedPolicy.
void require_newest_version(const Policy& policy);

// Where the statements of a document that parse_policy reads begin and end in its text, in bytes.
struct TextRange {
  std::size_t begin = 0, end = 0;
};
[[nodiscard]] std::vector<TextRange> statement_ranges(std::string_view json);

}  // namespace millrace::auth
