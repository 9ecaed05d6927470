// UntagResource: removes tags from a function or an event source mapping; one that it does not have is no
// error.
// Source: Lambda API reference, UntagResource.
#include "api/lambda/functions/tags.h"
#include "api/lambda/resources.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct UntagResourceInput {
  std::string arn;
  std::vector<std::string> keys;
};
constexpr auto kInput = shape<UntagResourceInput>(
    field("Resource", &UntagResourceInput::arn, in_path, called("resource"), kTaggedArn),
    field("tagKeys", &UntagResourceInput::keys, in_query, required));

asio::awaitable<Nothing> untag_resource(Lambda& l, const Caller& caller, UntagResourceInput in) {
  std::function<void(Tags&)> change = [&in](Tags& tags) {
    for (const std::string& key : in.keys) tags.erase(key);
  };
  co_await change_tags(l, caller, "UntagResource", in.arn, std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kUntagResource;
const Operation kUntagResource = operation("UntagResource", kInput, kNothing, untag_resource)
                                     .http("DELETE", "/2017-03-31/tags/{Resource}", 204)
                                     .writes()
                                     .on(tagged_of);

}  // namespace millrace::lambda
