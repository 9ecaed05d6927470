#include "api/auth/identities/store.h"

#include <algorithm>

namespace millrace::auth {

namespace {

void remove(std::map<std::string, std::set<std::string>>& from, const std::string& key,
            const std::string& value) {
  const auto at = from.find(key);
  if (at == from.end()) return;
  at->second.erase(value);
  if (at->second.empty()) from.erase(at);
}

template <class Uses>
void remove_use(Uses& from, const typename Uses::key_type& use, const std::string& key) {
  const auto at = from.find(use);
  if (at == from.end()) return;
  at->second.erase(key);
  if (at->second.empty()) from.erase(at);
}

}  // namespace

Store::Store(storage::Catalog& the_catalog, const Seal& seal)
    : catalog(the_catalog),
      entities_(the_catalog, "i/e/", mutex_, row_of, entity_of_row,
                [this](const std::string& key, const EntityPtr& before, const EntityPtr& after) {
                  entity_changed(key, before, after);
                }),
      policies_(the_catalog, "i/p/", mutex_, row_of, policy_of_row,
                [this](const std::string&, const ManagedPolicyPtr&, const ManagedPolicyPtr&) {
                  generation_.fetch_add(1, std::memory_order_release);
                }),
      keys_(
          the_catalog, "i/k/", mutex_, row_of,
          [this, &seal](const std::string& row) {
            try {
              AccessKey key = access_key_of_row(row, seal);
              ++opened_;
              return key;
            } catch (const SecretSealed&) {
              ++sealed_;
              throw;
            }
          },
          [this](const std::string& id, const AccessKeyPtr& before, const AccessKeyPtr& after) {
            key_changed(id, before, after);
          }) {
  entities_.load(unreadable_);
  policies_.load(unreadable_);
  keys_.load(unreadable_);
  // One damaged row is set aside; if no secret opens, the rows are not what is wrong.
  if (sealed_ > 0 && opened_ == 0)
    throw WrongMasterKey("the master key does not decrypt the secrets of the access keys");
}

void Store::index(const std::string& key, const Entity& e) {
  by_id_[e.id] = key;
  ++counts_[entities_prefix(e.kind, e.account)];
  for (const std::string& group : e.groups) members_[group].insert(key);
  for (const PolicyReference& policy : e.attached) attached_[{policy.id, e.account}].insert(key);
  if (e.boundary) boundaries_[{e.boundary->id, e.account}].insert(key);
}

void Store::unindex(const std::string& key, const Entity& e) {
  // A rename writes the row under its new key before it removes the old one.
  if (const auto at = by_id_.find(e.id); at != by_id_.end() && at->second == key) by_id_.erase(at);
  if (const auto at = counts_.find(entities_prefix(e.kind, e.account)); at != counts_.end())
    if (--at->second == 0) counts_.erase(at);
  for (const std::string& group : e.groups) remove(members_, group, key);
  for (const PolicyReference& policy : e.attached) remove_use(attached_, {policy.id, e.account}, key);
  if (e.boundary) remove_use(boundaries_, {e.boundary->id, e.account}, key);
}

void Store::entity_changed(const std::string& key, const EntityPtr& before, const EntityPtr& after) {
  if (before) unindex(key, *before);
  if (after) index(key, *after);
  generation_.fetch_add(1, std::memory_order_release);
}

void Store::key_changed(const std::string& id, const AccessKeyPtr& before, const AccessKeyPtr& after) {
  if (before) remove(owned_, before->owner, id);
  if (after) owned_[after->owner].insert(id);
  generation_.fetch_add(1, std::memory_order_release);
}

Store::Entities::Read Store::entity(EntityKind kind, const std::string& account,
                                    const std::string& name) const {
  Entities::Read read = entities_.read(entity_key(kind, account, name));
  if (read.row && read.row->name != name) read.row = nullptr;
  return read;
}

EntityPtr Store::entity_by_id(const std::string& id) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : entities_.find(at->second);
}

std::vector<EntityPtr> Store::list(EntityKind kind, const std::string& account, const std::string& after,
                                   const std::string& path_prefix, std::size_t limit) const {
  std::vector<EntityPtr> out;
  const std::string prefix = entities_prefix(kind, account);
  const std::shared_lock lock(mutex_);
  entities_.for_each(prefix + lower_case(after), [&](const std::string& key, const EntityPtr& entity) {
    if (!key.starts_with(prefix) || out.size() == limit) return false;
    if (entity->path.starts_with(path_prefix)) out.push_back(entity);
    return true;
  });
  return out;
}

std::size_t Store::count(EntityKind kind, const std::string& account) const {
  const std::shared_lock lock(mutex_);
  const auto at = counts_.find(entities_prefix(kind, account));
  return at == counts_.end() ? 0 : at->second;
}

std::vector<EntityPtr> Store::members(const std::string& group_id) const {
  std::vector<EntityPtr> out;
  const std::shared_lock lock(mutex_);
  if (const auto at = members_.find(group_id); at != members_.end())
    for (const std::string& key : at->second)
      if (EntityPtr user = entities_.find(key)) out.push_back(std::move(user));
  return out;
}

Store::Policies::Read Store::policy(const std::string& account, const std::string& name) const {
  Policies::Read read = policies_.read(policy_key(account, name));
  if (read.row && read.row->name != name) read.row = nullptr;
  return read;
}

std::vector<ManagedPolicyPtr> Store::policies(const std::string& account) const {
  std::vector<ManagedPolicyPtr> out;
  const std::string prefix = policies_prefix(account);
  const std::shared_lock lock(mutex_);
  policies_.for_each(prefix, [&](const std::string& key, const ManagedPolicyPtr& policy) {
    if (!key.starts_with(prefix)) return false;
    out.push_back(policy);
    return true;
  });
  return out;
}

std::vector<EntityPtr> Store::users_of(const std::string& policy_id, const std::string& account,
                                       Use use) const {
  std::vector<EntityPtr> out;
  const std::shared_lock lock(mutex_);
  if (const auto at = uses(use).find({policy_id, account}); at != uses(use).end())
    for (const std::string& key : at->second)
      if (EntityPtr entity = entities_.find(key)) out.push_back(std::move(entity));
  return out;
}

std::size_t Store::count_of(const std::string& policy_id, const std::string& account, Use use) const {
  const std::shared_lock lock(mutex_);
  const auto at = uses(use).find({policy_id, account});
  return at == uses(use).end() ? 0 : at->second.size();
}

std::vector<AccessKeyPtr> Store::keys_of(const std::string& owner) const {
  std::vector<AccessKeyPtr> out;
  {
    const std::shared_lock lock(mutex_);
    if (const auto at = owned_.find(owner); at != owned_.end())
      for (const std::string& id : at->second)
        if (AccessKeyPtr key = keys_.find(id)) out.push_back(std::move(key));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const AccessKeyPtr& a, const AccessKeyPtr& b) { return a->created < b->created; });
  return out;
}

}  // namespace millrace::auth
