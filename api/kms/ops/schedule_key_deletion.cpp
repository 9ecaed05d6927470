// ScheduleKeyDeletion: the key is deleted when the waiting period is over. Source: KMS API reference.
#include "api/kms/key_metadata.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

namespace {

// KMS Developer Guide, "Delete an AWS KMS key": the waiting period.
constexpr int kFewestDays = 7, kMostDays = 30, kUsualDays = 30;

struct ScheduleKeyDeletionInput {
  std::string key;
  std::optional<int> days;
};
using In = ScheduleKeyDeletionInput;
constexpr auto kInput = shape<In>(field("KeyId", &In::key, required, kKeyId),
                                  field("PendingWindowInDays", &In::days, range(kFewestDays, kMostDays)));

struct ScheduleKeyDeletionOutput {
  std::string arn;
  Time deletion;
  std::string state;
  int days = 0;
};
using Out = ScheduleKeyDeletionOutput;
constexpr auto kOutput = shape<Out>(field("KeyId", &Out::arn), field("DeletionDate", &Out::deletion),
                                    field("KeyState", &Out::state), field("PendingWindowInDays", &Out::days));

asio::awaitable<Out> schedule_key_deletion(Kms& k, const Caller& caller, In in) {
  const int days = in.days.value_or(kUsualDays);
  const Time deletion = k.clock.now() + std::chrono::days(days);
  const auto change = [&](Key& key) {
    check_not_pending(key);
    key.state = KeyState::pending_deletion;
    key.deletion = deletion;
    key.pending_days = days;
  };
  const Key key = co_await change_key(k, caller, std::move(in.key), change);
  co_return Out{key.arn(), deletion, state_name(key.state), days};
}

}  // namespace

extern const Operation kScheduleKeyDeletion;
const Operation kScheduleKeyDeletion =
    operation("ScheduleKeyDeletion", kInput, kOutput, schedule_key_deletion).writes().on(key_of_input);

}  // namespace millrace::kms
