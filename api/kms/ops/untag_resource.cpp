// UntagResource: removes tags of a key. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct UntagResourceInput {
  std::string key;
  std::vector<std::string> names;
};
using In = UntagResourceInput;
constexpr auto kInput = shape<In>(field("KeyId", &In::key, required, kKeyId),
                                  field("TagKeys", &In::names, required, each(length(1, 128))));

asio::awaitable<Nothing> untag_resource(Kms& k, const Caller& caller, In in) {
  const auto change = [&](Key& key) {
    check_not_pending(key);
    for (const std::string& name : in.names) key.tags.erase(name);
  };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kUntagResource;
const Operation kUntagResource =
    operation("UntagResource", kInput, kNothing, untag_resource).writes().on(key_of_input);

}  // namespace millrace::kms
