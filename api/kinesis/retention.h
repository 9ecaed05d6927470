// What IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod have in common.
#pragma once

#include "api/kinesis/errors.h"
#include "api/kinesis/shapes.h"

namespace millrace::kinesis {

struct RetentionInput {
  std::optional<std::string> name, arn;
  int hours = 0;
};
inline constexpr auto kRetentionInput =
    shape<RetentionInput>(field("StreamName", &RetentionInput::name, kStreamName),
                          field("RetentionPeriodHours", &RetentionInput::hours, required),
                          field("StreamARN", &RetentionInput::arn, kStreamArn), kStreamId);

// Throws retention_too_short, retention_too_long.
inline void check_retention(int hours) {
  if (hours < kMinRetentionHours) throw retention_too_short(hours, kMinRetentionHours);
  if (hours > kMaxRetentionHours) throw retention_too_long(hours, kMaxRetentionHours);
}

}  // namespace millrace::kinesis
