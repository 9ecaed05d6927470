// TagResource: tags of a stream or consumer, new or with new values. Source: Kinesis API reference,
// TagResource.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct TagResourceInput {
  Tags tags;
  std::string arn;
};
constexpr auto kInput = shape<TagResourceInput>(
    field("Tags", &TagResourceInput::tags, required, kTagCount, keys(kTagKey), each(kTagValue)),
    field("ResourceARN", &TagResourceInput::arn, required, kResourceArn), kStreamId);

asio::awaitable<Nothing> tag_resource(Kinesis& k, const Caller& caller, TagResourceInput in) {
  const Resource resource = find_resource(k, caller, in.arn);
  check_tags(in.tags);
  co_await k.streams.update(resource.stream,
                            [&](Stream& s) { add_tags(resource.tags_of(s), in.tags, in.arn); });
  co_return Nothing{};
}

}  // namespace

extern const Operation kTagResource;
const Operation kTagResource =
    operation("TagResource", kInput, kNothing, tag_resource).writes().on(tagged_of);

}  // namespace millrace::kinesis
