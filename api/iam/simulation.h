// What policies would decide, without a request. Source: IAM API reference, SimulatePrincipalPolicy.
#pragma once

#include <span>

#include "api/auth/policies/evaluation.h"
#include "api/iam/shapes.h"

namespace millrace::iam {

// A policy with its text and the name by which answers know it.
struct SourcePolicy {
  std::string id;
  std::string text;
  auth::PolicyPtr policy;
};
using SourcePolicies = std::vector<SourcePolicy>;

// Inline and attached policies of a user, group or role, and those of the user's groups. Throws
// MalformedPolicyDocument for a stored document that cannot be read.
[[nodiscard]] SourcePolicies policies_of(const Iam& iam, const Entity& entity);
// Documents of a request: "PolicyInputList.1". Throws MalformedPolicyDocument.
[[nodiscard]] SourcePolicies policies_of(const char* list, const std::vector<std::string>& documents,
                                         auth::PolicyKind kind);
// The user, group or role of an ARN of the caller's account. Throws ValidationError and NoSuchEntity.
[[nodiscard]] EntityPtr entity_of_arn(const Iam& iam, const Caller& caller, const std::string& arn);
// Who has the entity's policies. A group has a user without a name.
[[nodiscard]] auth::Identity identity_of(const Iam& iam, const Entity& entity);
// The condition keys that the policies name, each once and sorted.
[[nodiscard]] std::vector<std::string> context_keys(std::span<const SourcePolicy> policies);

struct Position {
  int line = 0, column = 0;
};
inline constexpr auto kPosition =
    shape<Position>(field("Line", &Position::line), field("Column", &Position::column));
struct MatchedOutput {
  std::string id, type = "IAM Policy";
  Position begin, end;
};
inline constexpr auto kMatched = shape<MatchedOutput>(
    field("SourcePolicyId", &MatchedOutput::id), field("SourcePolicyType", &MatchedOutput::type),
    field("StartPosition", &MatchedOutput::begin, kPosition),
    field("EndPosition", &MatchedOutput::end, kPosition));
struct BoundaryDecision {
  bool allowed = false;
};
inline constexpr auto kBoundaryDecision =
    shape<BoundaryDecision>(field("AllowedByPermissionsBoundary", &BoundaryDecision::allowed));
struct EvaluationResult {
  std::string action, resource, decision;
  std::vector<MatchedOutput> matched;
  std::vector<std::string> missing;
  std::optional<BoundaryDecision> boundary;
};
inline constexpr auto kEvaluationResult = shape<EvaluationResult>(
    field("EvalActionName", &EvaluationResult::action),
    field("EvalResourceName", &EvaluationResult::resource),
    field("EvalDecision", &EvaluationResult::decision),
    field("MatchedStatements", &EvaluationResult::matched, kMatched),
    field("MissingContextValues", &EvaluationResult::missing),
    field("PermissionsBoundaryDecisionDetail", &EvaluationResult::boundary, kBoundaryDecision));

struct Simulation {
  auth::Identity caller;
  SourcePolicies identity, boundary, resource;  // `boundary` and `resource` have one, or none
  auth::Context context;
  std::string account;  // of the resources
};
[[nodiscard]] EvaluationResult simulate(const Simulation& simulation, const std::string& action,
                                        const std::string& resource);

}  // namespace millrace::iam
