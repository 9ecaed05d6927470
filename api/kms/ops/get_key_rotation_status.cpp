// GetKeyRotationStatus. Source: KMS API reference.
#include "api/kms/resources.h"
#include "api/kms/rotation.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

struct GetKeyRotationStatusOutput {
  bool enabled = false;
  std::string arn;
  std::optional<int> days;
  std::optional<Time> next;
};
using Out = GetKeyRotationStatusOutput;
constexpr auto kOutput =
    shape<Out>(field("KeyRotationEnabled", &Out::enabled), field("KeyId", &Out::arn),
               field("RotationPeriodInDays", &Out::days), field("NextRotationDate", &Out::next));

asio::awaitable<Out> get_key_rotation_status(Kms& k, const Caller& caller, KeyInput in) {
  const FoundKey found = find_key_by_id(k, caller, in.key);
  const Key& key = *found.row;
  check_rotation_is_known(key);
  Out out{key.rotation.has_value(), key.arn(), std::nullopt, std::nullopt};
  if (key.rotation) {
    out.days = key.rotation->period_days;
    out.next = key.rotation->next;
  }
  co_return out;
}

}  // namespace

extern const Operation kGetKeyRotationStatus;
const Operation kGetKeyRotationStatus =
    operation("GetKeyRotationStatus", kKeyInput, kOutput, get_key_rotation_status).reads().on(key_of_input);

}  // namespace millrace::kms
