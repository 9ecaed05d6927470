// RemoveTagsFromStream: those of the named tags that there are go. Source: Kinesis API reference,
// RemoveTagsFromStream.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct RemoveTagsFromStreamInput {
  std::optional<std::string> name, arn;
  std::vector<std::string> keys;
};
constexpr auto kInput = shape<RemoveTagsFromStreamInput>(
    field("StreamName", &RemoveTagsFromStreamInput::name, kStreamName),
    field("TagKeys", &RemoveTagsFromStreamInput::keys, required, length(1, 50), each(kTagKey)),
    field("StreamARN", &RemoveTagsFromStreamInput::arn, kStreamArn), kStreamId);

asio::awaitable<Nothing> remove_tags_from_stream(Kinesis& k, const Caller& caller,
                                                 RemoveTagsFromStreamInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  check_tag_keys(in.keys);
  co_await k.streams.update(stream, [&](Stream& s) {
    for (const std::string& key : in.keys) s.tags.erase(key);
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kRemoveTagsFromStream;
const Operation kRemoveTagsFromStream =
    operation("RemoveTagsFromStream", kInput, kNothing, remove_tags_from_stream).writes().on(stream_of);

}  // namespace millrace::kinesis
