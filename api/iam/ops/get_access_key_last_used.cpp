// GetAccessKeyLastUsed: since the server was started. Source: IAM API reference.
#include "api/iam/access_keys.h"

namespace millrace::iam {

namespace {

struct GetAccessKeyLastUsedInput {
  std::string id;
};
constexpr auto kInput = shape<GetAccessKeyLastUsedInput>(
    field("AccessKeyId", &GetAccessKeyLastUsedInput::id, required, kAccessKeyId));
struct LastUsed {
  std::optional<Time> time;
  std::string service = "N/A", region = "N/A";
};
constexpr auto kLastUsed =
    shape<LastUsed>(field("LastUsedDate", &LastUsed::time), field("ServiceName", &LastUsed::service),
                    field("Region", &LastUsed::region));
struct GetAccessKeyLastUsedOutput {
  std::string user;
  LastUsed last_used;
};
using Out = GetAccessKeyLastUsedOutput;
constexpr auto kOutput =
    shape<Out>(field("UserName", &Out::user), field("AccessKeyLastUsed", &Out::last_used, kLastUsed));

asio::awaitable<Out> get_access_key_last_used(Iam& iam, const Caller& caller, GetAccessKeyLastUsedInput in) {
  const auth::AccessKeyPtr key = iam.store.key(in.id).row;
  if (!key || key->account != caller.account) throw key_of_others(caller.arn, in.id);
  const EntityPtr user = iam.store.entity_by_id(key->owner);
  Out out{user ? user->name : kRootName, {}};
  if (const auto use = iam.identities.last_use(in.id))
    out.last_used = {whole_seconds(use->time), use->service, use->region};
  co_return out;
}

}  // namespace

extern const Operation kGetAccessKeyLastUsed;
const Operation kGetAccessKeyLastUsed =
    operation("GetAccessKeyLastUsed", kInput, kOutput, get_access_key_last_used).reads().on(every_resource);

}  // namespace millrace::iam
