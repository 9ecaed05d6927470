// BatchGetItem: up to 100 items of several tables. Source: DynamoDB API reference.
#include <set>

#include "api/dynamodb/expressions/projection.h"
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/page_request.h"
#include "api/dynamodb/request_members.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxKeys = 100, kMaxBytes = 16 << 20;

struct BatchGetItemInput {
  Json tables;
  std::optional<std::string> return_consumed;
};
using In = BatchGetItemInput;
constexpr auto kInput = shape<In>(field("RequestItems", &In::tables, required),
                                  field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed));

struct BatchGetItemOutput {
  OrderedJson responses = OrderedJson::object(), unprocessed = OrderedJson::object();
  std::optional<OrderedJson> consumed;
  MemoryHold held;
};
using Out = BatchGetItemOutput;
constexpr auto kOutput =
    shape<Out>(field("Responses", &Out::responses), field("UnprocessedKeys", &Out::unprocessed),
               field("ConsumedCapacity", &Out::consumed));

// The keys that are read of one table.
struct OfTable {
  std::string name;
  TablePtr table;
  std::vector<Item> keys;
  std::vector<Path> paths;
  bool consistent = false;
  Json request;  // without the keys, for UnprocessedKeys
};

std::vector<std::string> names_in(const Json& list) {
  expect_list(list);
  std::vector<std::string> out;
  for (const Json& name : list) out.push_back(text_of(name));
  return out;
}

OfTable of_table(const std::string& name, const Json& json) {
  const std::string path = "requestItems." + name + ".member";
  OfTable out{.name = name};
  const Json keys = required_json(json, "Keys", path);
  expect_list(keys);
  if (keys.empty())
    throw invalid("1 validation error detected: Value '[]' at '" + path +
                  ".keys' failed to satisfy constraint: Member must have length greater than or equal to 1");
  if (keys.size() > kMaxKeys)
    throw invalid("1 validation error detected: Value '[...]' at '" + path +
                  ".keys' failed to satisfy constraint: Member must have length less than or equal to 100");
  const auto attributes = json_member(json, "AttributesToGet");
  const auto projection = text_member(json, "ProjectionExpression");
  const auto names = json_member(json, "ExpressionAttributeNames");
  ParameterKinds kinds;
  kinds.expression("ProjectionExpression", projection);
  kinds.other("AttributesToGet", attributes);
  check_kinds(kinds, names);
  if (attributes) out.paths = attributes_to_get(names_in(*attributes));
  Placeholders placeholders(or_null(names), Json());
  if (projection) out.paths = parse_projection(*projection, placeholders);
  placeholders.check_all_used();
  if (const auto consistent = json_member(json, "ConsistentRead")) out.consistent = flag_of(*consistent);
  for (const Json& key : keys) out.keys.push_back(item_of(key));
  for (std::size_t i = 0; i < out.keys.size(); ++i)
    if (std::find(out.keys.begin(), out.keys.begin() + static_cast<std::ptrdiff_t>(i), out.keys[i]) !=
        out.keys.begin() + static_cast<std::ptrdiff_t>(i))
      throw invalid("Provided list of item keys contains duplicates");
  out.request = json;
  out.request.erase("Keys");
  return out;
}

std::vector<OfTable> tables_of(const DynamoDb& d, const Caller& caller, const Json& json) {
  expect_object(json);
  if (json.empty())
    throw invalid(
        "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must "
        "have "
        "length greater than or equal to 1");
  std::vector<OfTable> out;
  std::size_t keys = 0;
  for (const auto& [name, of] : json.items()) {
    out.push_back(of_table(name, of));
    keys += out.back().keys.size();
    if (keys > kMaxKeys) throw invalid("Too many items requested for the BatchGetItem call");
  }
  for (OfTable& of : out) {
    of.table = d.store.find(DynamoDb::place_of(caller, of.name)).table;
    if (!of.table) throw no_table_for_items();
    for (const Item& key : of.keys) check_key(of.table->keys, key);
    check_key_paths(*of.table, of.paths);
  }
  return out;
}

asio::awaitable<Out> batch_get_item(DynamoDb& d, Request& http, In in) {
  const std::vector<OfTable> tables = tables_of(d, http.caller, in.tables);
  Out out;
  out.held = co_await reserve_answer(http.http.memory, kPageMemory);
  OrderedJson all_consumed = OrderedJson::array();
  std::size_t bytes = 0;
  for (const OfTable& of : tables) {
    OrderedJson items = OrderedJson::array();
    double units = 0;
    for (const Item& key : of.keys) {
      if (bytes > kMaxBytes) {  // AWS answers as much as 16 MB
        if (!out.unprocessed.contains(of.name)) out.unprocessed[of.name] = of.request;
        out.unprocessed[of.name]["Keys"].push_back(json_of(key));
        continue;
      }
      std::optional<std::string> row;
      const std::string row_key = item_row_key(*of.table, key);
      const std::optional<Item> item = co_await read_item(d.store, row_key, row);
      units += read_units(item ? size_of(*item) : 0, of.consistent);
      if (!item) continue;
      bytes += size_of(*item);
      items.push_back(json_of(of.paths.empty() ? *item : project(*item, of.paths)));
    }
    out.responses[of.name] = std::move(items);
    if (auto one = consumed(in.return_consumed, *of.table, units)) all_consumed.push_back(*std::move(one));
  }
  if (!all_consumed.empty()) out.consumed = std::move(all_consumed);
  co_return out;
}

}  // namespace

extern const Operation kBatchGetItem;
const Operation kBatchGetItem =
    operation("BatchGetItem", kInput, kOutput, batch_get_item).reads().on(tables_of_batch);

}  // namespace millrace::dynamodb
