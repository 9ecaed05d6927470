// CancelKeyDeletion: the key is disabled from then on. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

asio::awaitable<KeyOutput> cancel_key_deletion(Kms& k, const Caller& caller, KeyInput in) {
  const auto change = [](Key& key) {
    if (key.state != KeyState::pending_deletion) throw not_pending_deletion(key.arn());
    key.state = KeyState::disabled;
    key.deletion.reset();
    key.pending_days = 0;
  };
  const Key key = co_await change_key(k, caller, std::move(in.key), change);
  co_return KeyOutput{key.arn()};
}

}  // namespace

extern const Operation kCancelKeyDeletion;
const Operation kCancelKeyDeletion =
    operation("CancelKeyDeletion", kKeyInput, kKeyOutput, cancel_key_deletion).writes().on(key_of_input);

}  // namespace millrace::kms
