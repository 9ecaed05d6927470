// UpdateAccountSettings: begins or ends the account's commitment in the region, which lets its on-demand
// streams be warmed. Source: Kinesis API reference, UpdateAccountSettings.
#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"
#include "api/kinesis/warm_throughput.h"

namespace millrace::kinesis {

namespace {

struct CommitmentInput {
  std::string status;
};
constexpr auto kCommitmentInput = shape<CommitmentInput>(
    field("Status", &CommitmentInput::status, required, one_of<"ENABLED", "DISABLED">));

struct UpdateAccountSettingsInput {
  CommitmentInput commitment;
};
constexpr auto kInput = shape<UpdateAccountSettingsInput>(field("MinimumThroughputBillingCommitment",
                                                                &UpdateAccountSettingsInput::commitment,
                                                                required, kCommitmentInput));

struct UpdateAccountSettingsOutput {
  CommitmentDescription commitment;
};
constexpr auto kOutput = shape<UpdateAccountSettingsOutput>(field(
    "MinimumThroughputBillingCommitment", &UpdateAccountSettingsOutput::commitment, kCommitmentDescription));

asio::awaitable<UpdateAccountSettingsOutput> update_account_settings(Kinesis& k, const Caller& caller,
                                                                     UpdateAccountSettingsInput in) {
  const Time now = k.clock.now();
  Commitment commitment = k.streams.commitment(caller);
  const bool is_on = committed(commitment, now);
  if (in.commitment.status == "ENABLED") {
    if (!is_on) commitment.started = now;
    commitment.ended.reset();
  } else if (is_on && !commitment.ended) {
    commitment.ended = std::max(now, *commitment.started + kCommitmentWindow);
  }
  co_await k.streams.keep(caller, commitment);
  co_return UpdateAccountSettingsOutput{describe(commitment, now)};
}

}  // namespace

extern const Operation kUpdateAccountSettings;
const Operation kUpdateAccountSettings =
    operation("UpdateAccountSettings", kInput, kOutput, update_account_settings).writes().on(every_resource);

}  // namespace millrace::kinesis
