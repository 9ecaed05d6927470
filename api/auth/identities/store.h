// The rows of identities, all of them in memory, and what is derived from them.
//   i/e/<u|g|r>/<account>/<name>   a user, group or role, JSON (entity.h); the name in lower case
//   i/p/<account>/<name>           a managed policy, JSON (managed_policy.h); the name in lower case
//   i/k/<access key id>            an access key, JSON (access_key.h)
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <shared_mutex>

#include "api/auth/identities/access_key.h"
#include "api/auth/identities/entity.h"
#include "api/auth/identities/managed_policy.h"
#include "api/core/table.h"

namespace millrace::auth {

// The master key opens none of the secrets of access keys: it is not the one that sealed them.
class WrongMasterKey : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Safe from any thread. Looking things up never waits for the disk.
class Store {
 public:
  using Entities = Table<Entity>;
  using Policies = Table<ManagedPolicy>;
  using Keys = Table<AccessKey>;

  // Loads the rows. `seal` opens the secrets of access keys and outlives the store. Throws StorageFailure,
  // and WrongMasterKey.
  Store(storage::Catalog& catalog, const Seal& seal);

  // By name; the name must have the case that it was created with. `row` is nullptr if there is none, or it
  // cannot be read; `version` then says which.
  [[nodiscard]] Entities::Read entity(EntityKind kind, const std::string& account,
                                      const std::string& name) const;
  [[nodiscard]] EntityPtr entity_by_id(const std::string& id) const;
  // In the order of their names, behind the name `after` (empty: all), with paths that begin with
  // `path_prefix`; at most `limit`.
  [[nodiscard]] std::vector<EntityPtr> list(EntityKind kind, const std::string& account,
                                            const std::string& after, const std::string& path_prefix,
                                            std::size_t limit) const;
  [[nodiscard]] std::size_t count(EntityKind kind, const std::string& account) const;
  // The users of a group, in the order of their names.
  [[nodiscard]] std::vector<EntityPtr> members(const std::string& group_id) const;

  // The policies of accounts; those of the server itself are in aws_policies.h.
  [[nodiscard]] Policies::Read policy(const std::string& account, const std::string& name) const;
  [[nodiscard]] std::vector<ManagedPolicyPtr> policies(const std::string& account) const;
  // The entities of an account that a policy is attached to, or whose boundary it is, in the order of their
  // keys.
  enum class Use { attached, boundary };
  [[nodiscard]] std::vector<EntityPtr> users_of(const std::string& policy_id, const std::string& account,
                                                Use use) const;
  [[nodiscard]] std::size_t count_of(const std::string& policy_id, const std::string& account, Use use) const;

  [[nodiscard]] Keys::Read key(const std::string& id) const { return keys_.read(id); }
  // In the order of their creation.
  [[nodiscard]] std::vector<AccessKeyPtr> keys_of(const std::string& owner) const;

  // Changes with each row: what was derived from rows at another value is out of date.
  [[nodiscard]] std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

  [[nodiscard]] Entities& entities() { return entities_; }
  [[nodiscard]] Policies& managed_policies() { return policies_; }
  [[nodiscard]] Keys& keys() { return keys_; }

  storage::Catalog& catalog;

 private:
  using PolicyUse = std::pair<std::string, std::string>;  // a policy's id, and the account that uses it
  using Uses = std::map<PolicyUse, std::set<std::string>>;

  void entity_changed(const std::string& key, const EntityPtr& before, const EntityPtr& after);
  void key_changed(const std::string& id, const AccessKeyPtr& before, const AccessKeyPtr& after);
  void index(const std::string& key, const Entity& entity);
  void unindex(const std::string& key, const Entity& entity);
  [[nodiscard]] const Uses& uses(Use use) const { return use == Use::attached ? attached_ : boundaries_; }

  std::vector<UnreadableRow> unreadable_;
  std::atomic<std::size_t> opened_ = 0, sealed_ = 0;  // secrets of access keys when the rows were loaded
  mutable std::shared_mutex mutex_;
  // These are guarded by mutex_ and derived from the rows. Values are keys of rows.
  std::map<std::string, std::string> by_id_;
  std::map<std::string, std::set<std::string>> members_;  // by the group's id
  std::map<std::string, std::set<std::string>> owned_;    // ids of access keys, by owner
  std::map<std::string, std::size_t> counts_;             // by entities_prefix
  Uses attached_, boundaries_;
  std::atomic<std::uint64_t> generation_ = 0;
  // Behind what their changes are written to.
  Entities entities_;
  Policies policies_;
  Keys keys_;
};

}  // namespace millrace::auth
