// DescribeTimeToLive: whether items of a table expire. Source: DynamoDB API reference.
#include "api/dynamodb/resources.h"
#include "api/dynamodb/service.h"
#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

namespace {

struct DescribeTimeToLiveInput {
  std::string table;
};
using In = DescribeTimeToLiveInput;
constexpr auto kInput = shape<In>(field("TableName", &In::table, required, kTableName));

struct Description {
  std::string status;
  std::optional<std::string> attribute;
};
constexpr auto kDescription = shape<Description>(field("TimeToLiveStatus", &Description::status),
                                                 field("AttributeName", &Description::attribute));
struct DescribeTimeToLiveOutput {
  Description description;
};
using Out = DescribeTimeToLiveOutput;
constexpr auto kOutput = shape<Out>(field("TimeToLiveDescription", &Out::description, kDescription));

asio::awaitable<Out> describe_time_to_live(DynamoDb& d, const Caller& caller, In in) {
  const FoundTable found = d.store.find(DynamoDb::place_of(caller, in.table));
  if (!found.table) throw no_table(in.table);
  Out out;
  out.description.status = found.table->ttl.enabled ? "ENABLED" : "DISABLED";
  if (found.table->ttl.enabled) out.description.attribute = found.table->ttl.attribute;
  co_return out;
}

}  // namespace

extern const Operation kDescribeTimeToLive;
const Operation kDescribeTimeToLive =
    operation("DescribeTimeToLive", kInput, kOutput, describe_time_to_live).reads().on(table_of_input);

}  // namespace millrace::dynamodb
