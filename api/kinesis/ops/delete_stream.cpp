// DeleteStream: a stream goes with its records and consumers, their disk space within minutes.
// Source: Kinesis API reference, DeleteStream.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DeleteStreamInput {
  std::optional<std::string> name, arn;
  std::optional<bool> enforce;  // with registered consumers, too
};

constexpr auto kInput =
    shape<DeleteStreamInput>(field("StreamName", &DeleteStreamInput::name, kStreamName),
                             field("EnforceConsumerDeletion", &DeleteStreamInput::enforce),
                             field("StreamARN", &DeleteStreamInput::arn, kStreamArn), kStreamId);

asio::awaitable<Nothing> delete_stream(Kinesis& k, const Caller& caller, DeleteStreamInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  if (!stream->consumers.empty() && !in.enforce.value_or(false))
    throw stream_has_consumers(stream->name, stream->account);
  co_await k.begin_deletion(stream);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteStream;
const Operation kDeleteStream =
    operation("DeleteStream", kInput, kNothing, delete_stream).writes().on(stream_of);

}  // namespace millrace::kinesis
