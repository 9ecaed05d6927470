// DecreaseStreamRetentionPeriod: a stream keeps its records less long; older ones go at once.
// Source: Kinesis API reference, DecreaseStreamRetentionPeriod.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/retention.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

asio::awaitable<Nothing> decrease_retention(Kinesis& k, const Caller& caller, RetentionInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  check_retention(in.hours);
  if (in.hours > stream->retention_hours)
    throw retention_not_shorter(in.hours, stream->retention_hours, stream->name);
  // On AWS the stream stays ACTIVE then.
  if (in.hours == stream->retention_hours) co_return Nothing{};
  co_await k.begin(stream, PendingChange(), [&](Stream& s) { s.retention_hours = in.hours; });
  co_return Nothing{};
}

}  // namespace

extern const Operation kDecreaseStreamRetentionPeriod;
const Operation kDecreaseStreamRetentionPeriod =
    operation("DecreaseStreamRetentionPeriod", kRetentionInput, kNothing, decrease_retention)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
