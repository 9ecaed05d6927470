// What EnableEnhancedMonitoring and DisableEnhancedMonitoring have in common.
#pragma once

#include "api/kinesis/service.h"

namespace millrace::kinesis {

inline constexpr const char* kShardMetrics[] = {"IncomingBytes",
                                                "IncomingRecords",
                                                "IteratorAgeMilliseconds",
                                                "OutgoingBytes",
                                                "OutgoingRecords",
                                                "ReadProvisionedThroughputExceeded",
                                                "WriteProvisionedThroughputExceeded"};

struct MonitoringInput {
  std::optional<std::string> name, arn;
  std::vector<std::string> metrics;
};
inline constexpr auto kMonitoringInput = shape<MonitoringInput>(
    field("StreamName", &MonitoringInput::name, kStreamName),
    field("ShardLevelMetrics", &MonitoringInput::metrics, required, length(1, 7),
          each(one_of<"IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
                      "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
                      "IteratorAgeMilliseconds", "ALL">)),
    field("StreamARN", &MonitoringInput::arn, kStreamArn), kStreamId);

struct MonitoringOutput {
  std::string name;
  std::vector<std::string> current, desired;
  std::string arn;
};
inline constexpr auto kMonitoringOutput =
    shape<MonitoringOutput>(field("StreamName", &MonitoringOutput::name),
                            field("CurrentShardLevelMetrics", &MonitoringOutput::current),
                            field("DesiredShardLevelMetrics", &MonitoringOutput::desired),
                            field("StreamARN", &MonitoringOutput::arn));

// Switches the named metrics of a stream's shards on or off.
[[nodiscard]] asio::awaitable<MonitoringOutput> set_monitoring(Kinesis& k, Caller caller, MonitoringInput in,
                                                               bool on);

}  // namespace millrace::kinesis
