#include "api/auth/identities/managed_policy.h"

#include <stdexcept>

#include "api/auth/identities/entity.h"
#include "api/core/access.h"
#include "api/core/rows.h"

namespace millrace::auth {

using nlohmann::json;

std::string ManagedPolicy::arn(std::string_view partition) const {
  return "arn:" + std::string(partition) + ":iam::" + account + ":policy" + path + name;
}

const PolicyVersion* ManagedPolicy::version(int number) const {
  for (const PolicyVersion& v : versions)
    if (v.number == number) return &v;
  return nullptr;
}

const std::string& ManagedPolicy::document() const {
  const PolicyVersion* const v = version(default_version);
  if (!v) throw std::runtime_error("a managed policy has no default version");
  return v->document;
}

std::optional<PolicyName> policy_of_arn(std::string_view arn) {
  if (!arn.starts_with("arn:")) return std::nullopt;
  const auto resource = resource_of_arn(arn);
  if (!resource || resource->service != "iam" || !resource->region.empty() || resource->type != "policy" ||
      resource->separator != '/' || resource->account.empty())
    return std::nullopt;
  const std::string rest = "/" + resource->name;
  const std::size_t slash = rest.rfind('/');
  if (slash + 1 == rest.size()) return std::nullopt;
  return PolicyName{resource->account, rest.substr(0, slash + 1), rest.substr(slash + 1)};
}

std::string policies_prefix(const std::string& account) { return account + "/"; }
std::string policy_key(const std::string& account, std::string_view name) {
  return policies_prefix(account) + lower_case(name);
}

std::string row_of(const ManagedPolicy& p) {
  json j{{"version", 1},
         {"account", p.account},
         {"name", p.name},
         {"path", p.path},
         {"id", p.id},
         {"created_ms", ms_of(p.created)},
         {"updated_ms", ms_of(p.updated)},
         {"default", p.default_version},
         {"next", p.next_version}};
  if (!p.description.empty()) j["description"] = p.description;
  if (!p.tags.empty()) j["tags"] = p.tags;
  for (const PolicyVersion& v : p.versions)
    j["versions"].push_back(
        {{"number", v.number}, {"document", v.document}, {"created_ms", ms_of(v.created)}});
  return j.dump();
}

ManagedPolicy policy_of_row(const std::string& row) {
  const json j = parse_row(row, "a managed policy's");
  ManagedPolicy p;
  p.account = j.at("account").get<std::string>();
  p.name = j.at("name").get<std::string>();
  p.path = j.at("path").get<std::string>();
  p.id = j.at("id").get<std::string>();
  p.created = time_of(j.at("created_ms"));
  p.updated = time_of(j.at("updated_ms"));
  p.default_version = j.at("default").get<int>();
  p.next_version = j.at("next").get<int>();
  p.description = j.value("description", "");
  if (j.contains("tags")) p.tags = j["tags"].get<std::map<std::string, std::string>>();
  for (const json& v : j.at("versions"))
    p.versions.push_back(
        {v.at("number").get<int>(), v.at("document").get<std::string>(), time_of(v.at("created_ms"))});
  (void)p.document();
  return p;
}

}  // namespace millrace::auth
