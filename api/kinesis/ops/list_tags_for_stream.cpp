// ListTagsForStream: a stream's tags by key, a page at a time. Source: Kinesis API reference,
// ListTagsForStream.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct ListTagsForStreamInput {
  std::optional<std::string> name, after, arn;
  std::optional<int> limit;
};
constexpr auto kInput =
    shape<ListTagsForStreamInput>(field("StreamName", &ListTagsForStreamInput::name, kStreamName),
                                  field("ExclusiveStartTagKey", &ListTagsForStreamInput::after, kTagKey),
                                  field("Limit", &ListTagsForStreamInput::limit, range(1, 50)),
                                  field("StreamARN", &ListTagsForStreamInput::arn, kStreamArn), kStreamId);

struct ListTagsForStreamOutput {
  std::vector<Tag> tags;
  bool has_more = false;
};
constexpr auto kOutput =
    shape<ListTagsForStreamOutput>(field("Tags", &ListTagsForStreamOutput::tags, kTag),
                                   field("HasMoreTags", &ListTagsForStreamOutput::has_more));

asio::awaitable<ListTagsForStreamOutput> list_tags_for_stream(Kinesis& k, const Caller& caller,
                                                              ListTagsForStreamInput in) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  const auto limit = static_cast<std::size_t>(in.limit.value_or(50));
  ListTagsForStreamOutput out;
  for (auto it = stream->tags.upper_bound(in.after.value_or("")); it != stream->tags.end(); ++it) {
    out.has_more = out.tags.size() == limit;
    if (out.has_more) break;
    out.tags.push_back({it->first, it->second});
  }
  co_return out;
}

}  // namespace

extern const Operation kListTagsForStream;
const Operation kListTagsForStream =
    operation("ListTagsForStream", kInput, kOutput, list_tags_for_stream).reads().on(stream_of);

}  // namespace millrace::kinesis
