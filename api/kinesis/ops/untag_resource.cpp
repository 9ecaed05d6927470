// UntagResource: those of the named tags that there are go. Source: Kinesis API reference, UntagResource.
#include "api/kinesis/errors.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"
#include "api/kinesis/tags.h"

namespace millrace::kinesis {

namespace {

struct UntagResourceInput {
  std::vector<std::string> keys;
  std::string arn;
};
constexpr auto kInput = shape<UntagResourceInput>(
    field("TagKeys", &UntagResourceInput::keys, required, length(1, 50), each(kTagKey)),
    field("ResourceARN", &UntagResourceInput::arn, required, kResourceArn), kStreamId);

asio::awaitable<Nothing> untag_resource(Kinesis& k, const Caller& caller, UntagResourceInput in) {
  const Resource resource = find_resource(k, caller, in.arn);
  check_tag_keys(in.keys);
  co_await k.streams.update(resource.stream, [&](Stream& s) {
    for (const std::string& key : in.keys) resource.tags_of(s).erase(key);
  });
  co_return Nothing{};
}

}  // namespace

extern const Operation kUntagResource;
const Operation kUntagResource =
    operation("UntagResource", kInput, kNothing, untag_resource).writes().on(tagged_of);

}  // namespace millrace::kinesis
