// ListTags. Source: Lambda API reference, ListTags.
#include "api/lambda/functions/tags.h"
#include "api/lambda/resources.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct ListTagsInput {
  std::string arn;
};
constexpr auto kInput =
    shape<ListTagsInput>(field("Resource", &ListTagsInput::arn, in_path, called("resource"), kTaggedArn));

struct ListTagsOutput {
  std::map<std::string, std::string> tags;
};
constexpr auto kOutput = shape<ListTagsOutput>(field("Tags", &ListTagsOutput::tags));

asio::awaitable<ListTagsOutput> list_tags(Lambda& l, const Caller& caller, ListTagsInput in) {
  co_return ListTagsOutput{tags_of(l, caller, "ListTags", in.arn)};
}

}  // namespace

extern const Operation kListTags;
const Operation kListTags = operation("ListTags", kInput, kOutput, list_tags)
                                .http("GET", "/2017-03-31/tags/{Resource}")
                                .reads()
                                .on(tagged_of);

}  // namespace millrace::lambda
