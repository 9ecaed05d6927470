// A resource policy of Lambda: statements that AddPermission and its like make, and that are removed one by
// one. Source of the document's form: LocalStack's recordings of AWS.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::lambda {

// Of the document, in bytes. Source: AWS's PolicyLengthExceededException.
inline constexpr std::size_t kMaxPolicyBytes = 20480;

struct PolicyStatement {
  std::string sid;   // unique in the policy
  std::string text;  // the statement in JSON
};

// Never changes: each change is a new policy with a revision of its own.
class ResourcePolicy {
 public:
  // Without statements: what stands for no policy.
  ResourcePolicy() = default;
  ResourcePolicy(std::string revision, std::vector<PolicyStatement> statements);

  [[nodiscard]] bool empty() const { return statements_.empty(); }
  [[nodiscard]] const std::string& revision() const { return revision_; }  // UUID
  // In the order in which they were added.
  [[nodiscard]] const std::vector<PolicyStatement>& statements() const { return statements_; }
  // {"Version":"2012-10-17","Id":"default","Statement":[...]}
  [[nodiscard]] const std::string& document() const { return document_; }

  // Throws statement_exists, policy_too_long.
  [[nodiscard]] ResourcePolicy with(PolicyStatement statement) const;
  // Throws policy_missing when there are no statements, statement_not_found.
  [[nodiscard]] ResourcePolicy without(std::string_view sid) const;

 private:
  std::string revision_;
  std::vector<PolicyStatement> statements_;
  std::string document_;
};

// Shared, since a request reads the policy as it was while another changes it.
using ResourcePolicyPtr = std::shared_ptr<const ResourcePolicy>;
// The text of the policy's document, without a copy. nullptr: there is no policy.
[[nodiscard]] std::shared_ptr<const std::string> document_of(const ResourcePolicyPtr& policy);

// JSON, {"version": 1, "revision": ..., "statements": [{"sid": ..., "text": ...}, ...]}. The reader throws
// std::runtime_error for a version that it does not know.
[[nodiscard]] std::string row_of(const ResourcePolicy& policy);
[[nodiscard]] ResourcePolicy resource_policy_of(const std::string& row);

}  // namespace millrace::lambda
