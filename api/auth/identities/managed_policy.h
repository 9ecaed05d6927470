// Managed policies: documents in up to five versions, one of which is in force.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/clock.h"

namespace millrace::auth {

inline constexpr std::size_t kMaxPolicyVersions = 5;
// What stands in ARNs for the account of the policies that the server has by itself.
inline constexpr const char* kAwsAccount = "aws";

struct PolicyVersion {
  int number = 1;        // "v1"
  std::string document;  // as it was given
  Time created{};
};

struct ManagedPolicy {
  std::string account;  // twelve digits, or kAwsAccount
  std::string name, path = "/";
  std::string id;  // ANPA...
  std::string description;
  Time created{}, updated{};
  std::map<std::string, std::string> tags;
  std::vector<PolicyVersion> versions;  // by ascending number, never empty
  int default_version = 1;
  int next_version = 2;  // numbers are not used again

  [[nodiscard]] std::string arn(std::string_view partition) const;
  // nullptr: there is no such version.
  [[nodiscard]] const PolicyVersion* version(int number) const;
  // The document in force.
  [[nodiscard]] const std::string& document() const;
};
using ManagedPolicyPtr = std::shared_ptr<const ManagedPolicy>;

// A managed policy as its ARN names it.
struct PolicyName {
  std::string account, path, name;
};
// nullopt: the text is not the ARN of a managed policy.
[[nodiscard]] std::optional<PolicyName> policy_of_arn(std::string_view arn);

[[nodiscard]] std::string policies_prefix(const std::string& account);
[[nodiscard]] std::string policy_key(const std::string& account, std::string_view name);

// The row: JSON. `policy_of_row` throws an exception derived from std::exception.
[[nodiscard]] std::string row_of(const ManagedPolicy& policy);
[[nodiscard]] ManagedPolicy policy_of_row(const std::string& row);

}  // namespace millrace::auth
