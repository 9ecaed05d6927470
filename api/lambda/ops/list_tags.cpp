// ListTags. Source: Lambda API reference, ListTags.
#include "api/lambda/names.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct ListTagsInput {
  std::string arn;
};
constexpr auto kInput =
    shape<ListTagsInput>(field("ARN", &ListTagsInput::arn, in_path, called("resource"), kTaggedArn));

struct ListTagsOutput {
  std::map<std::string, std::string> tags;
};
constexpr auto kOutput = shape<ListTagsOutput>(field("Tags", &ListTagsOutput::tags));

asio::awaitable<ListTagsOutput> list_tags(Lambda& l, const Caller& caller, ListTagsInput in) {
  const FunctionPtr function = get_function(l.functions, tagged(caller, "ListTags", in.arn));
  co_return ListTagsOutput{function->tags};
}

}  // namespace

extern const Operation kListTags;
const Operation kListTags =
    operation("ListTags", kInput, kOutput, list_tags).http("GET", "/2017-03-31/tags/{ARN}");

}  // namespace millrace::lambda
