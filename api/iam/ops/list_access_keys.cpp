// ListAccessKeys: without secrets. Source: IAM API reference.
#include "api/iam/access_keys.h"
#include "api/iam/resources.h"

namespace millrace::iam {

namespace {

struct ListAccessKeysInput : PageInput {
  std::optional<std::string> user;
};
using In = ListAccessKeysInput;
constexpr auto kInput =
    shape_of<In>(field("UserName", &In::user, kExistingName<EntityKind::user>), kPageInput);
struct AccessKeyMetadata {
  std::string user, id, status;
  Time created{};
};
constexpr auto kMetadata = shape<AccessKeyMetadata>(
    field("UserName", &AccessKeyMetadata::user), field("AccessKeyId", &AccessKeyMetadata::id),
    field("Status", &AccessKeyMetadata::status), field("CreateDate", &AccessKeyMetadata::created));
struct ListAccessKeysOutput : PageOutput {
  std::vector<AccessKeyMetadata> keys;
};
using Out = ListAccessKeysOutput;
constexpr auto kOutput = shape_of<Out>(kPageOutput, field("AccessKeyMetadata", &Out::keys, kMetadata));

asio::awaitable<Out> list_access_keys(Iam& iam, const Caller& caller, In in) {
  const KeyOwner owner = owner_of(iam, caller, in.user);
  std::vector<AccessKeyMetadata> keys;
  for (const auth::AccessKeyPtr& key : iam.store.keys_of(owner.id))
    keys.push_back({owner.name, key->id, status_of(*key), key->created});
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  Out out;
  out.keys = page_of(std::move(keys), in, out, [](const AccessKeyMetadata& key) { return key.id; });
  co_return out;
}

}  // namespace

extern const Operation kListAccessKeys;
const Operation kListAccessKeys =
    operation("ListAccessKeys", kInput, kOutput, list_access_keys).reads().on(user_of_input);

}  // namespace millrace::iam
