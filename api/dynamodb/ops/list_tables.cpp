// ListTables: the names of an account's tables in a region, in order. Source: DynamoDB API reference.
#include "api/dynamodb/service.h"
#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

namespace {

constexpr int kMostNames = 100;

struct ListTablesInput {
  std::optional<std::string> start;
  std::optional<int> limit;
};
using In = ListTablesInput;
constexpr auto kInput = shape<In>(field("ExclusiveStartTableName", &In::start, kNewTableName),
                                  field("Limit", &In::limit, range(1, kMostNames)));

struct ListTablesOutput {
  std::vector<std::string> names;
  std::optional<std::string> last;
};
using Out = ListTablesOutput;
constexpr auto kOutput =
    shape<Out>(field("TableNames", &Out::names), field("LastEvaluatedTableName", &Out::last));

asio::awaitable<Out> list_tables(DynamoDb& d, const Caller& caller, In in) {
  const auto limit = static_cast<std::size_t>(in.limit.value_or(kMostNames));
  Out out;
  for (const TablePtr& table :
       d.store.list(caller.account, caller.region, in.start.value_or(""), limit + 1)) {
    if (out.names.size() == limit) {
      out.last = out.names.back();
      break;
    }
    out.names.push_back(table->name);
  }
  co_return out;
}

}  // namespace

extern const Operation kListTables;
const Operation kListTables =
    operation("ListTables", kInput, kOutput, list_tables).reads().on(every_resource);

}  // namespace millrace::dynamodb
