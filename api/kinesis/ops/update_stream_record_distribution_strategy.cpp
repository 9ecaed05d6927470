// UpdateStreamRecordDistributionStrategy: whether an on-demand stream's records go to the shards of their
// keys, or to all in turn. Source: Kinesis API reference, UpdateStreamRecordDistributionStrategy.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct UpdateStreamRecordDistributionStrategyInput {
  std::string arn, strategy;
};
using In = UpdateStreamRecordDistributionStrategyInput;
constexpr auto kInput =
    shape<In>(field("StreamARN", &In::arn, required, kStreamArn), kStreamId,
              field("RecordDistributionStrategy", &In::strategy, required, kDistributionStrategy));

asio::awaitable<Nothing> update_distribution(Kinesis& k, const Caller& caller, In in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{std::nullopt, in.arn});
  co_await k.begin(stream, PendingChange(), [&](Stream& s) {
    if (!s.on_demand() && in.strategy == "AUTO") throw distribution_needs_on_demand(s.name, s.account);
    s.distribution = in.strategy;
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kUpdateStreamRecordDistributionStrategy;
const Operation kUpdateStreamRecordDistributionStrategy =
    operation("UpdateStreamRecordDistributionStrategy", kInput, kNothing, update_distribution)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
