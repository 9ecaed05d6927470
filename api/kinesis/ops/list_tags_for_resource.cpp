// ListTagsForResource: all tags of a stream or consumer. Source: Kinesis API reference, ListTagsForResource.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct ListTagsForResourceInput {
  std::string arn;
};
constexpr auto kInput = shape<ListTagsForResourceInput>(
    field("ResourceARN", &ListTagsForResourceInput::arn, required, kResourceArn), kStreamId);

struct ListTagsForResourceOutput {
  std::vector<Tag> tags;
};
constexpr auto kOutput =
    shape<ListTagsForResourceOutput>(field("Tags", &ListTagsForResourceOutput::tags, kTag));

asio::awaitable<ListTagsForResourceOutput> list_tags_for_resource(Kinesis& k, const Caller& caller,
                                                                  ListTagsForResourceInput in) {
  const Resource resource = find_resource(k, caller, in.arn);
  Stream stream = *resource.stream;
  ListTagsForResourceOutput out;
  for (const auto& [key, value] : resource.tags_of(stream)) out.tags.push_back({key, value});
  co_return out;
}

}  // namespace

extern const Operation kListTagsForResource;
const Operation kListTagsForResource =
    operation("ListTagsForResource", kInput, kOutput, list_tags_for_resource).reads().on(tagged_of);

}  // namespace millrace::kinesis
