// UpdateMaxRecordSize: how large a stream's records may be from now on. Source: Kinesis API reference,
// UpdateMaxRecordSize.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct UpdateMaxRecordSizeInput {
  std::optional<std::string> arn;
  int kib = 0;
};
constexpr auto kInput = shape<UpdateMaxRecordSizeInput>(
    field("StreamARN", &UpdateMaxRecordSizeInput::arn, kStreamArn), kStreamId,
    field("MaxRecordSizeInKiB", &UpdateMaxRecordSizeInput::kib, required, range(1024, 10240)));

asio::awaitable<Nothing> update_max_record_size(Kinesis& k, const Caller& caller,
                                                UpdateMaxRecordSizeInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{std::nullopt, in.arn});
  co_await k.begin(stream, PendingChange(), [&](Stream& s) { s.max_record_kib = in.kib; });
  co_return Nothing{};
}

}  // namespace

extern const Operation kUpdateMaxRecordSize;
const Operation kUpdateMaxRecordSize =
    operation("UpdateMaxRecordSize", kInput, kNothing, update_max_record_size).writes().on(stream_of);

}  // namespace millrace::kinesis
