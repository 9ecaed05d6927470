// TransactWriteItems: up to 100 writes and checks, all of them or none. Source: DynamoDB API reference.
#include "api/core/digest.h"
#include "api/dynamodb/expressions/condition_parser.h"
#include "api/dynamodb/item_request.h"
#include "api/dynamodb/request_members.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/tokens.h"
#include "api/dynamodb/values/bytes.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxBytes = 4 << 20;

struct TransactWriteItemsInput {
  Json items;
  std::optional<std::string> return_consumed, token;
};
using In = TransactWriteItemsInput;
constexpr auto kInput = shape<In>(field("TransactItems", &In::items, required),
                                  field("ReturnConsumedCapacity", &In::return_consumed, kReturnConsumed),
                                  kCollectionMetrics, field("ClientRequestToken", &In::token, length(1, 36)));

struct TransactWriteItemsOutput {
  std::optional<OrderedJson> consumed;
};
using Out = TransactWriteItemsOutput;
constexpr auto kOutput = shape<Out>(field("ConsumedCapacity", &Out::consumed));

struct Part {
  ItemWrite write;
  bool return_old = false;
};

Part part_of(const Caller& caller, const Json& json) {
  using Kind = ItemWrite::Kind;
  constexpr std::pair<const char*, Kind> kKinds[] = {{"ConditionCheck", Kind::check},
                                                     {"Put", Kind::put},
                                                     {"Delete", Kind::remove},
                                                     {"Update", Kind::update}};
  std::optional<Json> of;
  Part part;
  for (const auto& [name, kind] : kKinds) {
    auto found = json_member(json, name);
    if (!found) continue;
    if (of) throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
    of = std::move(found);
    part.write.kind = kind;
  }
  if (!of)
    throw invalid("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request");
  const std::string path = "transactItems.1.member";
  part.write.table_key = DynamoDb::place_of(caller, required_text(*of, "TableName", path));
  part.write.item = item_of(required_json(*of, part.write.kind == Kind::put ? "Item" : "Key", path));
  const auto names = json_member(*of, "ExpressionAttributeNames"),
             values = json_member(*of, "ExpressionAttributeValues");
  auto condition = text_member(*of, "ConditionExpression");
  if (part.write.kind == Kind::check) condition = required_text(*of, "ConditionExpression", path);
  std::optional<std::string> update;
  if (part.write.kind == Kind::update) update = required_text(*of, "UpdateExpression", path);
  ParameterKinds kinds{.expressions_with_values = {"UpdateExpression", "ConditionExpression"}};
  kinds.expression("UpdateExpression", update);
  kinds.expression("ConditionExpression", condition);
  check_kinds(kinds, names, values);
  Placeholders placeholders(or_null(names), or_null(values));
  if (update) part.write.update = parse_update(*update, placeholders);
  if (condition) part.write.condition = parse_condition("ConditionExpression", *condition, placeholders);
  placeholders.check_all_used();
  const auto on_failure = text_member(*of, "ReturnValuesOnConditionCheckFailure");
  part.return_old = on_failure && *on_failure == "ALL_OLD";
  return part;
}

// The state of one attempt.
struct Attempt {
  storage::CatalogBatch batch;
  std::vector<Written> written;
  OrderedJson reasons = OrderedJson::array();
  std::string codes;
  bool cancelled = false;

  void reason(const char* code, const char* message = nullptr, const Item* item = nullptr) {
    codes += (codes.empty() ? "" : ", ") + std::string(code);
    OrderedJson one;
    one["Code"] = code;
    if (message) one["Message"] = message;
    if (item) one["Item"] = json_of(*item);
    reasons.push_back(std::move(one));
    cancelled = cancelled || std::string_view(code) != "None";
  }
};

asio::awaitable<void> decide_part(Store& store, const Part& part, Attempt& attempt) {
  const FoundTable found = checked_table(store, part.write);
  const std::string row_key = item_row_key(*found.table, part.write.item);
  std::optional<std::string> row;
  std::optional<Item> before = co_await read_item(store, row_key, row);
  store.expect(attempt.batch, part.write.table_key, found);
  attempt.batch.expect(row_key, row ? std::optional<std::string_view>(*row) : std::nullopt);
  Decided after;
  try {
    after = decide(*found.table, part.write, before);
  } catch (const ApiError& e) {
    attempt.reason("ValidationError", e.what());
    co_return;
  }
  if (!after) {
    attempt.reason("ConditionalCheckFailed", "The conditional request failed",
                   part.return_old && before ? &*before : nullptr);
    co_return;
  }
  attempt.reason("None");
  if (part.write.kind != ItemWrite::Kind::check)
    add_changes(attempt.batch, *found.table, row_key, before, *after);
  attempt.written.push_back({found.table, std::move(before), *std::move(after)});
}

void check_parts(const Store& store, const std::vector<Part>& parts) {
  std::vector<std::string> rows;
  std::size_t bytes = 0;
  for (const Part& part : parts) {
    rows.push_back(item_row_key(*checked_table(store, part.write).table, part.write.item));
    bytes += size_of(part.write.item);
  }
  if (bytes > kMaxBytes) throw invalid("Transaction request size has exceeded the maximum of 4 MB");
  std::sort(rows.begin(), rows.end());
  if (std::adjacent_find(rows.begin(), rows.end()) != rows.end())
    throw invalid("Transaction request cannot include multiple operations on one item");
}

std::optional<OrderedJson> consumed_by(const std::vector<Written>& written,
                                       const std::optional<std::string>& wanted) {
  std::map<std::string, std::pair<TablePtr, double>> units;
  for (const Written& one : written) {
    auto& [table, sum] = units[one.table->name];
    table = one.table;
    sum += 2 * write_units(one.before, one.after);
  }
  OrderedJson all = OrderedJson::array();
  for (const auto& [name, of] : units)
    if (auto one = consumed(wanted, *of.first, of.second)) all.push_back(*std::move(one));
  if (all.empty()) return std::nullopt;
  return all;
}

std::vector<Part> parts_of(const Caller& caller, const Json& json) {
  expect_list(json);
  if (json.empty() || json.size() > kMaxTransactItems) throw wrong_transact_count(json.size());
  std::vector<Part> parts;
  for (const Json& item : json) parts.push_back(part_of(caller, item));
  return parts;
}

asio::awaitable<Out> transact_write_items(DynamoDb& d, const Caller& caller, In in) {
  const std::vector<Part> parts = parts_of(caller, in.items);
  const std::string digest =
      in.token ? hex(sha256(in.items.dump(-1, ' ', false, Json::error_handler_t::replace))) : "";
  Attempts attempts;
  for (;;) {
    attempts.next();
    std::optional<UsedToken> token;
    if (in.token) {
      token = co_await find_token(d.store, caller, *in.token, d.clock.now());
      if (token->digest && *token->digest != digest) throw token_reused();
      if (token->digest) co_return Out{};
    }
    check_parts(d.store, parts);
    Attempt attempt;
    for (const Part& part : parts) co_await decide_part(d.store, part, attempt);
    if (attempt.cancelled)
      throw transaction_cancelled(
          attempt.codes, attempt.reasons.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
    if (token) use_token(attempt.batch, *token, digest, d.clock.now());
    const bool done = co_await d.store.write(std::move(attempt.batch));
    if (!done) continue;
    for (const Written& one : attempt.written) count_change(d.store, one);
    co_return Out{consumed_by(attempt.written, in.return_consumed)};
  }
}

}  // namespace

extern const Operation kTransactWriteItems;
const Operation kTransactWriteItems = operation("TransactWriteItems", kInput, kOutput, transact_write_items)
                                          .writes()
                                          .on(tables_of_puts, "dynamodb:PutItem")
                                          .on(tables_of_updates, "dynamodb:UpdateItem")
                                          .on(tables_of_deletes, "dynamodb:DeleteItem")
                                          .on(tables_of_checks, "dynamodb:ConditionCheckItem");

}  // namespace millrace::dynamodb
