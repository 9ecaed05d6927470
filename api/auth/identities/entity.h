// What policies are attached to: users, groups and roles.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/clock.h"

namespace millrace::auth {

enum class EntityKind : std::uint8_t { user, group, role };

// A managed policy by its ARN, and by its id, since a policy that was deleted and created again is another
// one.
struct PolicyReference {
  std::string arn, id;
  friend bool operator==(const PolicyReference&, const PolicyReference&) = default;
};

struct Entity {
  EntityKind kind = EntityKind::user;
  std::string account;  // twelve digits
  std::string name, path = "/";
  std::string id;  // AIDA..., AGPA..., AROA...
  Time created{};
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> inline_policies;  // documents as they were given, by name
  std::vector<PolicyReference> attached;               // in the order of their names
  std::optional<PolicyReference> boundary;

  std::vector<std::string> groups;  // of a user: their ids

  std::string trust;  // of a role: its document as it was given
  std::string description;
  std::chrono::seconds max_session{3600};

  [[nodiscard]] std::string arn(std::string_view partition) const;
  [[nodiscard]] bool has_attached(const std::string& policy_id) const;
};
using EntityPtr = std::shared_ptr<const Entity>;

// "user", "group", "role": as in ARNs.
[[nodiscard]] const char* type_of(EntityKind kind);

// The key of an entity's row. Names that differ in case only are one name (IAM user guide, "IAM names").
[[nodiscard]] std::string entity_key(EntityKind kind, const std::string& account, std::string_view name);
// What the keys of an account's entities of the kind begin with.
[[nodiscard]] std::string entities_prefix(EntityKind kind, const std::string& account);

[[nodiscard]] std::string lower_case(std::string_view text);

// The row: JSON. `entity_of_row` throws an exception derived from std::exception.
[[nodiscard]] std::string row_of(const Entity& entity);
[[nodiscard]] Entity entity_of_row(const std::string& row);

}  // namespace millrace::auth
