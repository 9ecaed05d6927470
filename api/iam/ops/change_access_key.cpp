// UpdateAccessKey, DeleteAccessKey: an inactive key signs nothing, and can become active again. Source: IAM
// API reference.
#include "api/iam/access_keys.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct AccessKeyInput {
  std::optional<std::string> user;
  std::string id, status;
};
using In = AccessKeyInput;
constexpr auto kUpdateInput = shape<In>(field("UserName", &In::user, kExistingName<EntityKind::user>),
                                        field("AccessKeyId", &In::id, required, kAccessKeyId),
                                        field("Status", &In::status, required, one_of<"Active", "Inactive">));
constexpr auto kDeleteInput = shape<In>(field("UserName", &In::user, kExistingName<EntityKind::user>),
                                        field("AccessKeyId", &In::id, required, kAccessKeyId));

asio::awaitable<Nothing> update_access_key(Iam& iam, const Caller& caller, In in) {
  const KeyOwner owner = owner_of(iam, caller, in.user);
  for (Attempts attempts;; attempts.next()) {
    const auto before = key_of(iam, owner, in.id);
    auto after = std::make_shared<auth::AccessKey>(*before.row);
    after->active = in.status == "Active";
    RowChanges changes;
    changes.put(iam.store.keys(), in.id, after, before.version);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return Nothing{};
  }
}

asio::awaitable<Nothing> delete_access_key(Iam& iam, const Caller& caller, In in) {
  const KeyOwner owner = owner_of(iam, caller, in.user);
  for (Attempts attempts;; attempts.next()) {
    const auto before = key_of(iam, owner, in.id);
    RowChanges changes;
    changes.expect(iam.store.keys(), in.id, before.version);
    changes.remove(iam.store.keys(), in.id);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return Nothing{};
  }
}

}  // namespace

extern const Operation kUpdateAccessKey, kDeleteAccessKey;
const Operation kUpdateAccessKey =
    operation("UpdateAccessKey", kUpdateInput, kNothing, update_access_key).writes().on(user_of_input);
const Operation kDeleteAccessKey =
    operation("DeleteAccessKey", kDeleteInput, kNothing, delete_access_key).writes().on(user_of_input);

}  // namespace millrace::iam
