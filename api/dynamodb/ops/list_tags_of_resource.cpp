// ListTagsOfResource: all tags of a table, on one page. Source: DynamoDB API reference.
#include "api/dynamodb/resources.h"
#include "api/dynamodb/tags.h"

namespace millrace::dynamodb {

namespace {

struct ListTagsOfResourceInput {
  std::string arn;
};
using In = ListTagsOfResourceInput;
constexpr auto kInput =
    shape<In>(field("ResourceArn", &In::arn, required, kResourceArn),
              ignored<std::string>("NextToken", "the first page has all tags, and no page has a token"));

struct ListTagsOfResourceOutput {
  std::vector<Tag> tags;
};
using Out = ListTagsOfResourceOutput;
constexpr auto kOutput = shape<Out>(field("Tags", &Out::tags, kTag));

asio::awaitable<Out> list_tags_of_resource(DynamoDb& d, const Caller& caller, In in) {
  const FoundTable found = d.store.find(tagged_table(caller, in.arn));
  if (!found.table) throw no_table_to_tag(in.arn);
  Out out;
  for (const auto& [key, value] : found.table->tags) out.tags.push_back({key, value});
  co_return out;
}

}  // namespace

extern const Operation kListTagsOfResource;
const Operation kListTagsOfResource =
    operation("ListTagsOfResource", kInput, kOutput, list_tags_of_resource).reads().on(tagged_of_input);

}  // namespace millrace::dynamodb
