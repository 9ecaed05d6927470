// DeleteTable: the table with all of its items, at once. Source: DynamoDB API reference.
#include "api/dynamodb/resources.h"
#include "api/dynamodb/service.h"
#include "api/dynamodb/table_shapes.h"

namespace millrace::dynamodb {

namespace {

struct DeleteTableInput {
  std::string table;
};
using In = DeleteTableInput;
constexpr auto kInput = shape<In>(field("TableName", &In::table, required, kTableName));

asio::awaitable<TableDescriptionOutput> delete_table(DynamoDb& d, const Caller& caller, In in) {
  const std::string key = DynamoDb::place_of(caller, in.table);
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundTable found = d.store.find(key);
    if (!found.table) throw no_table(in.table);
    if (found.table->deletion_protection) throw deletion_protected();
    TableDescriptionOutput out{describe(*found.table, "DELETING", d.store.amount(found.table->id))};
    const bool done = co_await d.store.remove(key, found);
    if (done) co_return out;
  }
}

}  // namespace

extern const Operation kDeleteTable;
const Operation kDeleteTable =
    operation("DeleteTable", kInput, kTableDescription, delete_table).writes().on(table_of_input);

}  // namespace millrace::dynamodb
