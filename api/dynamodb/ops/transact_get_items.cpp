// TransactGetItems: up to 100 items as they were at one moment. Source: DynamoDB API reference.
#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/request_members.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

struct TransactGetItemsInput {
  Json items;
  std::optional<std::string> return_consumed;
};
using In = TransactGetItemsInput;
constexpr auto kInput = shape<In>(field("TransactItems", &In::items, required),
                                  field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed));

struct TransactGetItemsOutput {
  std::optional<OrderedJson> consumed;
  OrderedJson responses = OrderedJson::array();
};
using Out = TransactGetItemsOutput;
constexpr auto kOutput =
    shape<Out>(field("ConsumedCapacity", &Out::consumed), field("Responses", &Out::responses));

struct Part {
  std::string table_key;
  Item key;
  std::vector<Path> paths;
};

Part part_of(const Caller& caller, const Json& json) {
  const std::string path = "transactItems.1.member.get";
  const Json get = required_json(json, "Get", "transactItems.1.member");
  Part part;
  part.table_key = DynamoDb::place_of(caller, required_text(get, "TableName", path));
  part.key = item_of(required_json(get, "Key", path));
  const auto projection = text_member(get, "ProjectionExpression");
  const auto names = json_member(get, "ExpressionAttributeNames");
  ParameterKinds kinds;
  kinds.expression("ProjectionExpression", projection);
  check_kinds(kinds, names);
  Placeholders placeholders(or_null(names), Json());
  if (projection) part.paths = parse_projection(*projection, placeholders);
  placeholders.check_all_used();
  return part;
}

asio::awaitable<Out> transact_get_items(DynamoDb& d, const Caller& caller, In in) {
  expect_list(in.items);
  if (in.items.empty() || in.items.size() > kMaxTransactItems) throw wrong_transact_count(in.items.size());
  std::vector<Part> parts;
  for (const Json& item : in.items) parts.push_back(part_of(caller, item));
  Attempts attempts;
  for (;;) {
    attempts.next();
    Out out;
    // A batch without changes is applied only if nothing was changed since the reads.
    storage::CatalogBatch unchanged;
    std::map<std::string, std::pair<TablePtr, double>> units;
    for (const Part& part : parts) {
      const FoundTable found = d.store.find(part.table_key);
      if (!found.table) throw no_table_for_items();
      check_key(found.table->keys, part.key);
      const std::string row_key = item_row_key(*found.table, part.key);
      std::optional<std::string> row;
      const std::optional<Item> item = co_await read_item(d.store, row_key, row);
      unchanged.expect(row_key, row ? std::optional<std::string_view>(*row) : std::nullopt);
      OrderedJson response = OrderedJson::object();
      if (item) response["Item"] = json_of(part.paths.empty() ? *item : project(*item, part.paths));
      out.responses.push_back(std::move(response));
      auto& [table, sum] = units[found.table->name];
      table = found.table;
      sum += 2 * read_units(item ? size_of(*item) : 0, true);
    }
    const bool same = co_await d.store.write(std::move(unchanged));
    if (!same) continue;
    OrderedJson all = OrderedJson::array();
    for (const auto& [name, of] : units)
      if (auto one = consumed(in.return_consumed, *of.first, of.second)) all.push_back(*std::move(one));
    if (!all.empty()) out.consumed = std::move(all);
    co_return out;
  }
}

}  // namespace

extern const Operation kTransactGetItems;
const Operation kTransactGetItems = operation("TransactGetItems", kInput, kOutput, transact_get_items)
                                        .reads()
                                        .on(tables_of_gets, "dynamodb:GetItem");

}  // namespace millrace::dynamodb
