// DescribeAccountSettings: the account's commitment in the region. Source: Kinesis API reference,
// DescribeAccountSettings.
#include "api/kinesis/errors.h"
#include "api/kinesis/service.h"
#include "api/kinesis/warm_throughput.h"

namespace millrace::kinesis {

namespace {

struct DescribeAccountSettingsOutput {
  CommitmentDescription commitment;
};
constexpr auto kOutput = shape<DescribeAccountSettingsOutput>(
    field("MinimumThroughputBillingCommitment", &DescribeAccountSettingsOutput::commitment,
          kCommitmentDescription));

asio::awaitable<DescribeAccountSettingsOutput> describe_account_settings(Kinesis& k, const Caller& caller,
                                                                         Nothing) {
  co_return DescribeAccountSettingsOutput{describe(k.streams.commitment(caller), k.clock.now())};
}

}  // namespace

extern const Operation kDescribeAccountSettings;
const Operation kDescribeAccountSettings =
    operation("DescribeAccountSettings", kNothing, kOutput, describe_account_settings)
        .reads()
        .on(every_resource);

}  // namespace millrace::kinesis
