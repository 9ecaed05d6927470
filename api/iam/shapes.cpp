#include "api/iam/shapes.h"

#include "api/core/message.h"
#include "api/iam/model.h"

namespace millrace::iam {

namespace {

void describe(const Iam& iam, const Entity& entity, Detail detail, EntityOutput& out) {
  out.path = entity.path;
  out.name = entity.name;
  out.id = entity.id;
  out.arn = entity.arn(iam.identities.partition());
  out.created = entity.created;
  if (detail == Detail::listed) return;
  if (entity.boundary) out.boundary = BoundaryOutput{.arn = entity.boundary->arn};
  if (!entity.tags.empty()) out.tags = tags_of(entity.tags);
}

}  // namespace

EntityOutput output_of(const Iam& iam, const Entity& entity, Detail detail) {
  EntityOutput out;
  describe(iam, entity, detail, out);
  return out;
}

RoleOutput role_output(const Iam& iam, const Entity& role, Detail detail) {
  RoleOutput out;
  describe(iam, role, detail, out);
  out.trust = percent_encode(role.trust);
  if (!role.description.empty()) out.description = role.description;
  return out;
}

PolicyOutput output_of(const Iam& iam, const Caller& caller, const ManagedPolicy& policy) {
  PolicyOutput out;
  out.name = policy.name;
  out.id = policy.id;
  out.arn = policy.arn(iam.identities.partition());
  out.path = policy.path;
  out.default_version = "v" + std::to_string(policy.default_version);
  out.attachments =
      static_cast<int>(iam.store.count_of(policy.id, caller.account, auth::Store::Use::attached));
  out.boundary_uses =
      static_cast<int>(iam.store.count_of(policy.id, caller.account, auth::Store::Use::boundary));
  out.created = policy.created;
  out.updated = policy.updated;
  return out;
}

VersionOutput output_of(const ManagedPolicy& policy, const auth::PolicyVersion& version) {
  return {std::nullopt, "v" + std::to_string(version.number), version.number == policy.default_version,
          version.created};
}

}  // namespace millrace::iam
