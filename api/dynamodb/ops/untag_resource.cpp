// UntagResource: removes tags of a table. Source: DynamoDB API reference.
#include "api/dynamodb/change_table.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/tags.h"

namespace millrace::dynamodb {

namespace {

struct UntagResourceInput {
  std::string arn;
  std::vector<std::string> keys;
};
using In = UntagResourceInput;
constexpr auto kInput = shape<In>(field("ResourceArn", &In::arn, required, kResourceArn),
                                  field("TagKeys", &In::keys, required, each(length(1, 128))));

asio::awaitable<Nothing> untag_resource(DynamoDb& d, const Caller& caller, In in) {
  const std::string table_key = tagged_table(caller, in.arn);
  if (in.keys.empty()) throw invalid("Atleast one Tag Key needs to be provided as Input.");  // AWS's spelling
  const auto change = [&](TableSettings& table) {
    for (const std::string& key : in.keys) table.tags.erase(key);
  };
  // AWS's text for a table that does not exist has no name here.
  (void)co_await change_table(d, table_key, no_table_for_items(), change);
  co_return Nothing{};
}

}  // namespace

extern const Operation kUntagResource;
const Operation kUntagResource =
    operation("UntagResource", kInput, kNothing, untag_resource).writes().on(tagged_of_input);

}  // namespace millrace::dynamodb
