// BatchWriteItem: up to 25 puts and deletes, each on its own. Source: DynamoDB API reference.
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/request_members.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxWrites = 25;

struct BatchWriteItemInput {
  Json tables;
  std::optional<std::string> return_consumed;
};
using In = BatchWriteItemInput;
constexpr auto kInput =
    shape<In>(field("RequestItems", &In::tables, required),
              field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed), kCollectionMetrics);

struct BatchWriteItemOutput {
  OrderedJson unprocessed = OrderedJson::object();
  std::optional<OrderedJson> consumed;
};
using Out = BatchWriteItemOutput;
constexpr auto kOutput =
    shape<Out>(field("UnprocessedItems", &Out::unprocessed), field("ConsumedCapacity", &Out::consumed));

ItemWrite write_of(const std::string& table, const Json& json) {
  const auto put = json_member(json, "PutRequest"), remove = json_member(json, "DeleteRequest");
  if (put.has_value() == remove.has_value())
    throw invalid(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes");  // AWS's text for a WriteRequest with both or none
  const std::string path = "requestItems." + table + ".member." + (put ? "putRequest" : "deleteRequest");
  ItemWrite write;
  write.kind = put ? ItemWrite::Kind::put : ItemWrite::Kind::remove;
  write.item = item_of(put ? required_json(*put, "Item", path) : required_json(*remove, "Key", path));
  if (put && size_of(write.item) > kMaxItemBytes)
    throw invalid("Item size has exceeded the maximum allowed size");
  return write;
}

ApiError wrong_count(const std::string& value, const char* text) {
  return invalid("1 validation error detected: Value '" + value +
                 "' at 'requestItems' failed to satisfy constraint: " + text);
}

// Of an item to put, AWS says here what it says of keys.
void check_put_key(const TableSettings& table, const Item& item) {
  for (const KeyAttribute& key : table.keys) {
    const auto found = item.find(key.name);
    if (found == item.end() || found->second.type() != key.type) throw key_mismatch();
  }
}

std::vector<ItemWrite> writes_of(const DynamoDb& d, const Caller& caller, const Json& json) {
  expect_object(json);
  if (json.empty()) throw wrong_count("{}", "Member must have length greater than or equal to 1");
  std::vector<ItemWrite> out;
  for (const auto& [name, list] : json.items()) {
    expect_list(list);
    if (list.empty() || out.size() + list.size() > kMaxWrites)
      throw wrong_count(
          "{" + name + "=[...]}",
          "Map value must satisfy constraint: [Member must have length less than or equal to 25, "
          "Member must have length greater than or equal to 1]");
    for (const Json& request : list) {
      out.push_back(write_of(name, request));
      out.back().table_key = DynamoDb::place_of(caller, name);
    }
  }
  std::vector<std::string> rows;
  for (const ItemWrite& write : out) {
    const TablePtr table = d.store.find(write.table_key).table;
    if (table && write.kind == ItemWrite::Kind::put) check_put_key(*table, write.item);
    const FoundTable found = checked_table(d.store, write);
    rows.push_back(item_row_key(*found.table, write.item));
  }
  std::sort(rows.begin(), rows.end());
  if (std::adjacent_find(rows.begin(), rows.end()) != rows.end())
    throw invalid("Provided list of item keys contains duplicates");
  return out;
}

asio::awaitable<Out> batch_write_item(DynamoDb& d, const Caller& caller, In in) {
  std::vector<ItemWrite> writes = writes_of(d, caller, in.tables);
  std::map<std::string, std::pair<TablePtr, double>> units;
  for (ItemWrite& write : writes) {
    const Written written = co_await write_item(d.store, std::move(write));
    auto& [table, sum] = units[written.table->name];
    table = written.table;
    sum += write_units(written.before, written.after);
  }
  Out out;
  OrderedJson all_consumed = OrderedJson::array();
  for (const auto& [name, of] : units)
    if (auto one = consumed(in.return_consumed, *of.first, of.second))
      all_consumed.push_back(*std::move(one));
  if (!all_consumed.empty()) out.consumed = std::move(all_consumed);
  co_return out;
}

}  // namespace

extern const Operation kBatchWriteItem;
const Operation kBatchWriteItem =
    operation("BatchWriteItem", kInput, kOutput, batch_write_item).writes().on(tables_of_batch);

}  // namespace millrace::dynamodb
