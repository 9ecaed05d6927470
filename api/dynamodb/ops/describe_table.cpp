// DescribeTable: the settings, state and size of a table. Source: DynamoDB API reference.
#include "api/dynamodb/resources.h"
#include "api/dynamodb/service.h"
#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

namespace {

struct DescribeTableInput {
  std::string table;
};
using In = DescribeTableInput;
constexpr auto kInput = shape<In>(field("TableName", &In::table, required, kTableName));

struct DescribeTableOutput {
  OrderedJson table = OrderedJson::object();
};
using Out = DescribeTableOutput;
constexpr auto kOutput = shape<Out>(field("Table", &Out::table));

asio::awaitable<Out> describe_table(DynamoDb& d, const Caller& caller, In in) {
  const FoundTable found = d.store.find(DynamoDb::place_of(caller, in.table));
  if (!found.table) throw no_table(in.table);
  const TableSettings& table = *found.table;
  const bool all_active =
      std::all_of(table.indexes.begin(), table.indexes.end(), [](const Index& i) { return i.active; });
  Out out{describe(table, all_active ? "ACTIVE" : "UPDATING", d.store.amount(table.id))};
  co_return out;
}

}  // namespace

extern const Operation kDescribeTable;
const Operation kDescribeTable =
    operation("DescribeTable", kInput, kOutput, describe_table).reads().on(table_of_input);

}  // namespace millrace::dynamodb
