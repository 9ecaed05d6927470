#include "api/auth/identities/entity.h"

#include <algorithm>
#include <stdexcept>

#include "api/core/rows.h"

namespace millrace::auth {

namespace {

using nlohmann::json;

EntityKind kind_named(const std::string& type) {
  for (const EntityKind kind : {EntityKind::user, EntityKind::group, EntityKind::role})
    if (type == type_of(kind)) return kind;
  throw std::runtime_error("an identity has the unknown type " + type);
}

json row_of(const PolicyReference& policy) { return {{"arn", policy.arn}, {"id", policy.id}}; }
PolicyReference reference_of(const json& j) {
  return {j.at("arn").get<std::string>(), j.at("id").get<std::string>()};
}

}  // namespace

const char* type_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::user:
      return "user";
    case EntityKind::group:
      return "group";
    default:
      return "role";
  }
}

std::string Entity::arn(std::string_view partition) const {
  return "arn:" + std::string(partition) + ":iam::" + account + ":" + type_of(kind) + path + name;
}

bool Entity::has_attached(const std::string& policy_id) const {
  return std::any_of(attached.begin(), attached.end(),
                     [&](const PolicyReference& p) { return p.id == policy_id; });
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string entities_prefix(EntityKind kind, const std::string& account) {
  return std::string(1, type_of(kind)[0]) + "/" + account + "/";
}

std::string entity_key(EntityKind kind, const std::string& account, std::string_view name) {
  return entities_prefix(kind, account) + lower_case(name);
}

std::string row_of(const Entity& e) {
  json j{{"version", 1},
         {"type", type_of(e.kind)},
         {"account", e.account},
         {"name", e.name},
         {"path", e.path},
         {"id", e.id},
         {"created_ms", ms_of(e.created)}};
  if (!e.tags.empty()) j["tags"] = e.tags;
  if (!e.inline_policies.empty()) j["inline"] = e.inline_policies;
  for (const PolicyReference& policy : e.attached) j["attached"].push_back(row_of(policy));
  if (e.boundary) j["boundary"] = row_of(*e.boundary);
  if (!e.groups.empty()) j["groups"] = e.groups;
  if (e.kind == EntityKind::role) {
    j["trust"] = e.trust;
    j["max_session_s"] = e.max_session.count();
  }
  if (!e.description.empty()) j["description"] = e.description;
  return j.dump();
}

Entity entity_of_row(const std::string& row) {
  const json j = parse_row(row, "an identity's");
  Entity e;
  e.kind = kind_named(j.at("type").get<std::string>());
  e.account = j.at("account").get<std::string>();
  e.name = j.at("name").get<std::string>();
  e.path = j.at("path").get<std::string>();
  e.id = j.at("id").get<std::string>();
  e.created = time_of(j.at("created_ms"));
  if (j.contains("tags")) e.tags = j["tags"].get<std::map<std::string, std::string>>();
  if (j.contains("inline")) e.inline_policies = j["inline"].get<std::map<std::string, std::string>>();
  if (j.contains("attached"))
    for (const json& policy : j["attached"]) e.attached.push_back(reference_of(policy));
  if (j.contains("boundary")) e.boundary = reference_of(j["boundary"]);
  if (j.contains("groups")) e.groups = j["groups"].get<std::vector<std::string>>();
  if (e.kind == EntityKind::role) {
    e.trust = j.at("trust").get<std::string>();
    e.max_session = std::chrono::seconds(j.at("max_session_s").get<std::int64_t>());
  }
  e.description = j.value("description", "");
  return e;
}

}  // namespace millrace::auth
