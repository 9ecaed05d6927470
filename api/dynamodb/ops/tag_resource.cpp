// TagResource: tags of a table, new or with new values. Source: DynamoDB API reference.
#include "api/dynamodb/change_table.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/tags.h"

namespace millrace::dynamodb {

namespace {

struct TagResourceInput {
  std::string arn;
  std::vector<Tag> tags;
};
using In = TagResourceInput;
constexpr auto kInput = shape<In>(field("ResourceArn", &In::arn, required, kResourceArn),
                                  field("Tags", &In::tags, required, kTag));

asio::awaitable<Nothing> tag_resource(DynamoDb& d, const Caller& caller, In in) {
  const std::string table_key = tagged_table(caller, in.arn);
  if (in.tags.empty()) throw invalid("Atleast one Tag needs to be provided as Input.");  // AWS's spelling
  const auto change = [&](TableSettings& table) { add_tags(table.tags, in.tags); };
  (void)co_await change_table(d, table_key, no_table_to_tag(in.arn), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kTagResource;
const Operation kTagResource =
    operation("TagResource", kInput, kNothing, tag_resource).writes().on(tagged_of_input);

}  // namespace millrace::dynamodb
