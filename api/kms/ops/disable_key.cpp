// DisableKey. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

asio::awaitable<Nothing> disable_key(Kms& k, const Caller& caller, KeyInput in) {
  const auto change = [](Key& key) {
    check_not_pending(key);
    key.state = KeyState::disabled;
  };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDisableKey;
const Operation kDisableKey =
    operation("DisableKey", kKeyInput, kNothing, disable_key).writes().on(key_of_input);

}  // namespace millrace::kms
