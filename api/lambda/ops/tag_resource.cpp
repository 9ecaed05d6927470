// TagResource: adds tags to a function, or replaces their values. Source: Lambda API reference, TagResource.
#include "api/lambda/errors.h"
#include "api/lambda/names.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct TagResourceInput {
  std::string arn;
  std::map<std::string, std::string> tags;
};
constexpr auto kInput = shape<TagResourceInput>(
    field("ARN", &TagResourceInput::arn, in_path, called("resource"), kTaggedArn),
    field("Tags", &TagResourceInput::tags, required, keys(length(1, 128)), each(length(0, 256))));

asio::awaitable<Nothing> tag_resource(Lambda& l, const Caller& caller, TagResourceInput in) {
  FunctionPtr function = get_function(l.functions, tagged(caller, "TagResource", in.arn));
  std::function<void(Function&)> change = [&in](Function& f) {
    for (const auto& [key, value] : in.tags) f.tags[key] = value;
    if (f.tags.size() > kMaxTags) throw too_many_tags();
  };
  co_await l.functions.update(std::move(function), std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kTagResource;
const Operation kTagResource =
    operation("TagResource", kInput, kNothing, tag_resource).http("POST", "/2017-03-31/tags/{ARN}", 204);

}  // namespace millrace::lambda
