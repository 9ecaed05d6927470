// UntagResource: removes tags from a function; one that it does not have is no error.
// Source: Lambda API reference, UntagResource.
#include "api/lambda/names.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct UntagResourceInput {
  std::string arn;
  std::vector<std::string> keys;
};
constexpr auto kInput =
    shape<UntagResourceInput>(field("ARN", &UntagResourceInput::arn, in_path, called("resource"), kTaggedArn),
                              field("tagKeys", &UntagResourceInput::keys, in_query, required));

asio::awaitable<Nothing> untag_resource(Lambda& l, const Caller& caller, UntagResourceInput in) {
  FunctionPtr function = get_function(l.functions, tagged(caller, "UntagResource", in.arn));
  std::function<void(Function&)> change = [&in](Function& f) {
    for (const std::string& key : in.keys) f.tags.erase(key);
  };
  co_await l.functions.update(std::move(function), std::move(change));
  co_return Nothing{};
}

}  // namespace

extern const Operation kUntagResource;
const Operation kUntagResource = operation("UntagResource", kInput, kNothing, untag_resource)
                                     .http("DELETE", "/2017-03-31/tags/{ARN}", 204);

}  // namespace millrace::lambda
