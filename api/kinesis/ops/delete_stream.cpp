// DeleteStream: the stream is gone when the answer comes, its disk space within minutes.
// Source: Kinesis API reference, DeleteStream.
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

struct DeleteStreamInput {
  std::optional<std::string> name, arn;
  std::optional<bool> enforce;  // of consumers, which there are none of yet
};

constexpr auto kInput =
    shape<DeleteStreamInput>(field("StreamName", &DeleteStreamInput::name, kStreamName),
                             field("EnforceConsumerDeletion", &DeleteStreamInput::enforce),
                             field("StreamARN", &DeleteStreamInput::arn, kStreamArn));

asio::awaitable<Nothing> delete_stream(Kinesis& k, const Caller& caller, DeleteStreamInput in) {
  const StreamPtr stream = k.streams.get(caller, {in.name, in.arn});
  co_await k.streams.remove(stream);
  k.forget_probes(*stream);
  or_throw(co_await k.log.drop(stream->number));
  co_await k.streams.dropped(stream->number);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteStream;
const Operation kDeleteStream = operation("DeleteStream", kInput, kNothing, delete_stream);

}  // namespace millrace::kinesis
