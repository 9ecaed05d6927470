// DisableKeyRotation. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/rotation.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

asio::awaitable<Nothing> disable_key_rotation(Kms& k, const Caller& caller, KeyInput in) {
  const auto change = [](Key& key) {
    check_rotates(key);
    key.rotation.reset();
  };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDisableKeyRotation;
const Operation kDisableKeyRotation =
    operation("DisableKeyRotation", kKeyInput, kNothing, disable_key_rotation).writes().on(key_of_input);

}  // namespace millrace::kms
