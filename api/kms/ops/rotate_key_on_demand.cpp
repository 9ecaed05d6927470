// RotateKeyOnDemand: new material at once. Source: KMS API reference.
#include <algorithm>

#include "api/kms/resources.h"
#include "api/kms/rotation.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

constexpr const char* kOnDemand = "ON_DEMAND";
// KMS Developer Guide, "Resource quotas": on-demand rotations per key.
constexpr std::ptrdiff_t kMostRotations = 25;

asio::awaitable<KeyOutput> rotate_key_on_demand(Kms& k, const Caller& caller, KeyInput in) {
  const Time now = k.clock.now();
  const Secret secret = random_secret();
  const auto change = [&](Key& key) {
    check_rotates(key);
    const auto on_demand = std::count_if(key.materials.begin(), key.materials.end(),
                                         [](const Material& m) { return m.rotation == kOnDemand; });
    if (on_demand >= kMostRotations) throw rotation_limit(key.arn());
    add_material(key, k.master, secret, now, kOnDemand);
  };
  const Key key = co_await change_key(k, caller, std::move(in.key), change);
  co_return KeyOutput{key.arn()};
}

}  // namespace

extern const Operation kRotateKeyOnDemand;
const Operation kRotateKeyOnDemand =
    operation("RotateKeyOnDemand", kKeyInput, kKeyOutput, rotate_key_on_demand).writes().on(key_of_input);

}  // namespace millrace::kms
