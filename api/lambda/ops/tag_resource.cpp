// TagResource: adds tags to a function or an event source mapping, or replaces their values. Source: Lambda
// API reference, TagResource.
#include "api/lambda/errors.h"
#include "api/lambda/functions/tags.h"
#include "api/lambda/resources.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct TagResourceInput {
  std::string arn;
  std::map<std::string, std::string> tags;
};
constexpr auto kInput = shape<TagResourceInput>(
    field("Resource", &TagResourceInput::arn, in_path, called("resource"), kTaggedArn),
    field("Tags", &TagResourceInput::tags, required, keys(length(1, 128)), each(required, length(0, 256))));

asio::awaitable<Nothing> tag_resource(Lambda& l, const Caller& caller, TagResourceInput in) {
  if (in.tags.empty()) throw no_tags();
  std::function<void(Tags&)> change = [&in](Tags& tags) {
    for (const auto& [key, value] : in.tags) tags[key] = value;
  };
  co_await change_tags(l, caller, "TagResource", in.arn, std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kTagResource;
const Operation kTagResource = operation("TagResource", kInput, kNothing, tag_resource)
                                   .http("POST", "/2017-03-31/tags/{Resource}", 204)
                                   .writes()
                                   .on(tagged_of);

}  // namespace millrace::lambda
