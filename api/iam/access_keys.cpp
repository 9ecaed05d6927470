#include "api/iam/access_keys.h"

namespace millrace::iam {

KeyOwner owner_of(const Iam& iam, const Caller& caller, const std::optional<std::string>& user) {
  if (!user && caller.arn.ends_with(":root")) return {caller.account, kRootName};
  const EntityPtr found = find_entity(iam, caller, EntityKind::user, user_named(caller, user));
  return {found->id, found->name};
}

void expect_owner(Iam& iam, const Caller& caller, const KeyOwner& owner, RowChanges& changes) {
  if (owner.id == caller.account) return;
  const std::string key = auth::entity_key(EntityKind::user, caller.account, owner.name);
  changes.expect(iam.store.entities(), key, iam.store.entities().version(key));
}

auth::Store::Keys::Read key_of(const Iam& iam, const KeyOwner& owner, const std::string& id) {
  auth::Store::Keys::Read read = iam.store.key(id);
  if (!read.row || read.row->owner != owner.id) throw no_such_access_key(id);
  return read;
}

const char* status_of(const auth::AccessKey& key) { return key.active ? "Active" : "Inactive"; }

}  // namespace millrace::iam
