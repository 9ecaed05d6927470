// UpdateKeyDescription. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct UpdateKeyDescriptionInput {
  std::string key, description;
};
using In = UpdateKeyDescriptionInput;
constexpr auto kInput = shape<In>(field("KeyId", &In::key, required, kKeyId),
                                  field("Description", &In::description, required, kDescription));

asio::awaitable<Nothing> update_key_description(Kms& k, const Caller& caller, In in) {
  const auto change = [&](Key& key) {
    check_not_pending(key);
    key.description = in.description;
  };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kUpdateKeyDescription;
const Operation kUpdateKeyDescription =
    operation("UpdateKeyDescription", kInput, kNothing, update_key_description).writes().on(key_of_input);

}  // namespace millrace::kms
