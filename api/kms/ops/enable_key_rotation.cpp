// EnableKeyRotation: the key gets new material after each period. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/rotation.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

constexpr int kUsualDays = 365;

struct EnableKeyRotationInput {
  std::string key;
  std::optional<int> days;
};
using In = EnableKeyRotationInput;
constexpr auto kInput = shape<In>(field("KeyId", &In::key, required, kKeyId),
                                  field("RotationPeriodInDays", &In::days, range(90, 2560)));

asio::awaitable<Nothing> enable_key_rotation(Kms& k, const Caller& caller, In in) {
  const Time now = k.clock.now();
  const auto change = [&](Key& key) {
    check_rotates(key);
    const int days = in.days.value_or(key.rotation ? key.rotation->period_days : kUsualDays);
    if (key.rotation && key.rotation->period_days == days) return;
    key.rotation = {days, now + std::chrono::days(days)};
  };
  (void)co_await change_key(k, caller, std::move(in.key), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kEnableKeyRotation;
const Operation kEnableKeyRotation =
    operation("EnableKeyRotation", kInput, kNothing, enable_key_rotation).writes().on(key_of_input);

}  // namespace millrace::kms
