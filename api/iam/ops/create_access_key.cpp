// CreateAccessKey: the only answer that has the secret. Source: IAM API reference.
#include "api/iam/access_keys.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct CreateAccessKeyInput {
  std::optional<std::string> user;
};
constexpr auto kInput = shape<CreateAccessKeyInput>(
    field("UserName", &CreateAccessKeyInput::user, kExistingName<EntityKind::user>));
struct NewAccessKey {
  std::string user, id, status, secret;
  Time created{};
};
constexpr auto kNewAccessKey = shape<NewAccessKey>(
    field("UserName", &NewAccessKey::user), field("AccessKeyId", &NewAccessKey::id),
    field("Status", &NewAccessKey::status), field("SecretAccessKey", &NewAccessKey::secret),
    field("CreateDate", &NewAccessKey::created));
struct CreateAccessKeyOutput {
  NewAccessKey key;
};
constexpr auto kOutput =
    shape<CreateAccessKeyOutput>(field("AccessKey", &CreateAccessKeyOutput::key, kNewAccessKey));

asio::awaitable<CreateAccessKeyOutput> create_access_key(Iam& iam, const Caller& caller,
                                                         CreateAccessKeyInput in) {
  for (Attempts attempts;; attempts.next()) {
    const KeyOwner owner = owner_of(iam, caller, in.user);
    if (iam.store.keys_of(owner.id).size() >= kMaxKeysOfUser)
      throw quota_exceeded("AccessKeysPerUser", kMaxKeysOfUser);
    auto key =
        std::make_shared<const auth::AccessKey>(iam.identities.new_access_key(caller.account, owner.id));
    RowChanges changes;
    changes.put(iam.store.keys(), key->id, key, std::nullopt);
    expect_owner(iam, caller, owner, changes);
    const bool written = co_await changes.write(iam.store.catalog);
    if (written) co_return CreateAccessKeyOutput{{owner.name, key->id, "Active", key->secret, key->created}};
  }
}

}  // namespace

extern const Operation kCreateAccessKey;
const Operation kCreateAccessKey =
    operation("CreateAccessKey", kInput, kOutput, create_access_key).writes().on(user_of_input);

}  // namespace millrace::iam
