// Finding and changing the rows of identities, as operations do it.
#pragma once

#include "api/auth/identities/unique_id.h"
#include "api/iam/errors.h"
#include "api/iam/model.h"
#include "api/iam/shapes.h"

namespace millrace::iam {

// Throws NoSuchEntity.
[[nodiscard]] EntityPtr find_entity(const Iam& iam, const Caller& caller, EntityKind kind,
                                    const std::string& name);
// The user that is named, or else who calls. Throws NoSuchEntity, or ValidationError if who calls is no user.
[[nodiscard]] std::string user_named(const Caller& caller, const std::optional<std::string>& name);

// A policy of the caller's account or of the server itself. Throws ValidationError for what is no ARN of a
// policy, and NoSuchEntity.
[[nodiscard]] ManagedPolicyPtr find_policy(const Iam& iam, const Caller& caller, const std::string& arn);
// The same, to attach it: the error is another one.
[[nodiscard]] auth::PolicyReference attachable(const Iam& iam, const Caller& caller, const std::string& arn);

// The version that "v3" names. Throws NoSuchEntity.
[[nodiscard]] const auth::PolicyVersion& find_version(const ManagedPolicy& policy, const std::string& arn,
                                                      const std::string& version);

// Stores a new entity. Throws EntityAlreadyExists, and LimitExceeded if the account has too many.
[[nodiscard]] asio::awaitable<EntityPtr> add_entity(Iam& iam, Entity entity);
// An entity as it is created.
[[nodiscard]] Entity new_entity(const Iam& iam, const Caller& caller, EntityKind kind,
                                const std::string& name, const std::optional<std::string>& path);
// Stores an entity under a new name. False: one of the two rows was changed meanwhile.
[[nodiscard]] asio::awaitable<bool> rename_entity(Iam& iam, auth::Store::Entities::Read before, Entity after);

// Applies `change(Entity&)` to the entity as it is then, and stores it. `change` may throw, and may be called
// again. Throws NoSuchEntity.
template <class F>
asio::awaitable<EntityPtr> change_entity(Iam& iam, const Caller& caller, EntityKind kind, std::string name,
                                         F change) {
  for (Attempts attempts;; attempts.next()) {
    const auto before = iam.store.entity(kind, caller.account, name);
    if (!before.row) throw no_such_entity(kind, name);
    auto after = std::make_shared<Entity>(*before.row);
    change(*after);
    RowChanges changes;
    changes.put(iam.store.entities(), auth::entity_key(kind, caller.account, name), after, before.version);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return after;
  }
}

// Removes the entity after `check(const Entity&)`, which throws if it must stay, together with what
// `also(const Entity&, RowChanges&)` adds. Throws NoSuchEntity.
template <class Check, class Also>
asio::awaitable<void> delete_entity(Iam& iam, const Caller& caller, EntityKind kind, std::string name,
                                    Check check, Also also) {
  for (Attempts attempts;; attempts.next()) {
    const auto before = iam.store.entity(kind, caller.account, name);
    if (!before.row) throw no_such_entity(kind, name);
    check(*before.row);
    const std::string key = auth::entity_key(kind, caller.account, name);
    RowChanges changes;
    changes.expect(iam.store.entities(), key, before.version);
    changes.remove(iam.store.entities(), key);
    also(*before.row, changes);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return;
  }
}

// Like change_entity, for a managed policy of the caller's account. Throws AccessDenied for one of the
// server's own.
template <class F>
asio::awaitable<ManagedPolicyPtr> change_policy(Iam& iam, const Caller& caller, std::string arn, F change) {
  for (Attempts attempts;; attempts.next()) {
    const ManagedPolicyPtr found = find_policy(iam, caller, arn);
    if (found->account == auth::kAwsAccount) throw own_policy(arn);
    const auto before = iam.store.policy(found->account, found->name);
    if (!before.row) throw no_such_policy(arn);
    auto after = std::make_shared<ManagedPolicy>(*before.row);
    change(*after);
    RowChanges changes;
    changes.put(iam.store.managed_policies(), auth::policy_key(found->account, found->name), after,
                before.version);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return after;
  }
}

}  // namespace millrace::iam
