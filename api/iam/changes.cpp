#include "api/iam/changes.h"

namespace millrace::iam {

namespace {

std::size_t quota_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::user:
      return kMaxUsers;
    case EntityKind::group:
      return kMaxGroups;
    default:
      return kMaxRoles;
  }
}

const char* quota_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::user:
      return "UsersPerAccount";
    case EntityKind::group:
      return "GroupsPerAccount";
    default:
      return "RolesPerAccount";
  }
}

const char* id_prefix(EntityKind kind) {
  switch (kind) {
    case EntityKind::user:
      return "AIDA";
    case EntityKind::group:
      return "AGPA";
    default:
      return "AROA";
  }
}

// nullptr: there is none that the caller's account can use.
ManagedPolicyPtr usable_policy(const Iam& iam, const Caller& caller, const std::string& arn) {
  const auto named = auth::policy_of_arn(arn);
  if (!named) throw invalid_arn(arn);
  if (named->account != auth::kAwsAccount && named->account != caller.account) return nullptr;
  return iam.identities.policy_of_arn(arn);
}

}  // namespace

EntityPtr find_entity(const Iam& iam, const Caller& caller, EntityKind kind, const std::string& name) {
  EntityPtr found = iam.store.entity(kind, caller.account, name).row;
  if (!found) throw no_such_entity(kind, name);
  return found;
}

std::string user_named(const Caller& caller, const std::optional<std::string>& name) {
  if (name) return *name;
  const auto resource = resource_of_arn(caller.arn);
  if (!resource || resource->service != "iam" || resource->type != "user") throw no_user_named();
  return resource->name.substr(resource->name.rfind('/') + 1);
}

ManagedPolicyPtr find_policy(const Iam& iam, const Caller& caller, const std::string& arn) {
  ManagedPolicyPtr found = usable_policy(iam, caller, arn);
  if (!found) throw no_such_policy(arn);
  return found;
}

auth::PolicyReference attachable(const Iam& iam, const Caller& caller, const std::string& arn) {
  const ManagedPolicyPtr found = usable_policy(iam, caller, arn);
  if (!found) throw not_attachable(arn);
  return {found->arn(iam.identities.partition()), found->id};
}

const auth::PolicyVersion& find_version(const ManagedPolicy& policy, const std::string& arn,
                                        const std::string& version) {
  for (const auth::PolicyVersion& v : policy.versions)
    if ("v" + std::to_string(v.number) == version) return v;
  throw no_such_version(arn, version);
}

Entity new_entity(const Iam& iam, const Caller& caller, EntityKind kind, const std::string& name,
                  const std::optional<std::string>& path) {
  Entity entity;
  entity.kind = kind;
  entity.account = caller.account;
  entity.name = name;
  if (path) {
    check_path(*path, "path");
    entity.path = *path;
  }
  entity.id = auth::new_unique_id(id_prefix(kind));
  entity.created = iam.clock.now();
  return entity;
}

asio::awaitable<EntityPtr> add_entity(Iam& iam, Entity entity) {
  const std::string key = auth::entity_key(entity.kind, entity.account, entity.name);
  if (iam.store.entities().version(key)) throw entity_exists(entity.kind, entity.name);
  if (iam.store.count(entity.kind, entity.account) >= quota_of(entity.kind))
    throw quota_exceeded(quota_name(entity.kind), quota_of(entity.kind));
  auto added = std::make_shared<const Entity>(std::move(entity));
  RowChanges changes;
  changes.put(iam.store.entities(), key, added, std::nullopt);
  const bool written = co_await changes.write(iam.store.catalog);
  if (!written) throw entity_exists(added->kind, added->name);
  co_return added;
}

asio::awaitable<bool> rename_entity(Iam& iam, auth::Store::Entities::Read before, Entity after) {
  const std::string from = auth::entity_key(before.row->kind, before.row->account, before.row->name);
  const std::string to = auth::entity_key(after.kind, after.account, after.name);
  auto renamed = std::make_shared<const Entity>(std::move(after));
  RowChanges changes;
  if (from == to) {
    changes.put(iam.store.entities(), to, renamed, before.version);
  } else {
    if (iam.store.entities().version(to)) throw entity_exists(renamed->kind, renamed->name);
    changes.put(iam.store.entities(), to, renamed, std::nullopt);
    changes.expect(iam.store.entities(), from, before.version);
    changes.remove(iam.store.entities(), from);
  }
  co_return co_await changes.write(iam.store.catalog);
}

}  // namespace millrace::iam
