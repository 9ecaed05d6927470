#include "api/iam/resources.h"

#include "api/iam/service.h"

namespace millrace::iam {

namespace {

using auth::EntityKind;

Resource resource_of(const Principal& caller, const char* type, const std::string& path_and_name) {
  return {"iam", "", caller.account, type, path_and_name.substr(1)};
}

// The path that the entity is in; `service` is nullptr where only the names matter.
std::string path_of(void* service, const InputView& input, const Principal& caller, EntityKind kind,
                    const std::string& name) {
  if (const auto path = input.text("Path")) return std::string(*path);
  if (service)
    if (const auto entity = static_cast<Iam*>(service)->store.entity(kind, caller.account, name).row)
      return entity->path;
  return "/";
}

std::vector<Resource> entity_of(void* service, const InputView& input, const Principal& caller,
                                EntityKind kind, const char* member) {
  const auto name = input.text(member);
  if (!name) return {};
  std::string path = path_of(service, input, caller, kind, std::string(*name));
  if (!path.starts_with('/')) path = "/";  // the operation refuses it
  return {resource_of(caller, auth::type_of(kind), path + std::string(*name))};
}

std::vector<Resource> named_by(const InputView& input, const char* member) {
  const auto arn = input.text(member);
  auto named = arn ? resource_of_arn(*arn) : std::nullopt;
  if (!named) return {};
  return {std::move(*named)};
}

}  // namespace

std::vector<Resource> user_of_input(void* service, const InputView& input, const Principal& caller) {
  std::vector<Resource> named = entity_of(service, input, caller, EntityKind::user, "UserName");
  if (!named.empty()) return named;
  // Who calls: a user. A root or a role's session is refused by the operation, or is allowed all.
  if (auto self = resource_of_arn(caller.arn)) return {std::move(*self)};
  return {};
}
std::vector<Resource> group_of_input(void* service, const InputView& input, const Principal& caller) {
  return entity_of(service, input, caller, EntityKind::group, "GroupName");
}
std::vector<Resource> role_of_input(void* service, const InputView& input, const Principal& caller) {
  return entity_of(service, input, caller, EntityKind::role, "RoleName");
}

std::vector<Resource> policy_of_input(void*, const InputView& input, const Principal& caller) {
  if (const auto name = input.text("PolicyName")) {
    const std::string path(input.text("Path").value_or("/"));
    return {resource_of(caller, "policy", (path.starts_with('/') ? path : "/") + std::string(*name))};
  }
  return named_by(input, "PolicyArn");
}

std::vector<Resource> simulated_of_input(void*, const InputView& input, const Principal&) {
  return named_by(input, "PolicySourceArn");
}

}  // namespace millrace::iam
