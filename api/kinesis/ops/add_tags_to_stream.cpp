// AddTagsToStream: tags of a stream, new or with new values. Source: Kinesis API reference, AddTagsToStream.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct AddTagsToStreamInput {
  std::optional<std::string> name, arn;
  Tags tags;
};
constexpr auto kInput = shape<AddTagsToStreamInput>(
    field("StreamName", &AddTagsToStreamInput::name, kStreamName),
    field("Tags", &AddTagsToStreamInput::tags, required, kTagCount, keys(kTagKey), each(kTagValue)),
    field("StreamARN", &AddTagsToStreamInput::arn, kStreamArn), kStreamId);

asio::awaitable<Nothing> add_tags_to_stream(Kinesis& k, const Caller& caller, AddTagsToStreamInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  check_tags(in.tags);
  co_await k.streams.update(stream, [&](Stream& s) {
    add_tags(s.tags, in.tags, "stream " + s.name + " under account " + s.account);
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kAddTagsToStream;
const Operation kAddTagsToStream =
    operation("AddTagsToStream", kInput, kNothing, add_tags_to_stream).writes().on(stream_of);

}  // namespace millrace::kinesis
