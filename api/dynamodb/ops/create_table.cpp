// CreateTable: a table, which can be used at once. Source: DynamoDB API reference.
#include "api/dynamodb/resources.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/tags.h"
#include "storage/base/ids.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxLocalIndexes = 5, kMaxGlobalIndexes = 20, kMaxTables = 10'000;

struct CreateTableInput {
  std::vector<AttributeDefinition> definitions;
  std::string name;
  std::vector<KeyElement> keys;
  std::optional<std::vector<IndexInput>> local, global;
  std::optional<std::string> billing, table_class;
  std::optional<ThroughputInput> throughput;
  std::optional<std::vector<Tag>> tags;
  std::optional<bool> protection;
  std::optional<Json> stream;
};
using In = CreateTableInput;
constexpr auto kInput =
    shape<In>(field("AttributeDefinitions", &In::definitions, required, kAttributeDefinition),
              field("TableName", &In::name, required, kNewTableName),
              field("KeySchema", &In::keys, required, length(1, 2), kKeyElement),
              field("LocalSecondaryIndexes", &In::local, kLocalIndex),
              field("GlobalSecondaryIndexes", &In::global, kGlobalIndex),
              field("BillingMode", &In::billing, one_of<"PROVISIONED", "PAY_PER_REQUEST">),
              field("ProvisionedThroughput", &In::throughput, kThroughput),
              field("StreamSpecification", &In::stream), kEncryption, field("Tags", &In::tags, kTag),
              field("TableClass", &In::table_class, one_of<"STANDARD", "STANDARD_INFREQUENT_ACCESS">),
              field("DeletionProtectionEnabled", &In::protection), kWarmThroughput,
              refused("ResourcePolicy", "tables have no resource policies here"), kOnDemandThroughput,
              refused("GlobalTableSourceArn", "there are no global tables here"),
              refused("GlobalTableSettingsReplicationMode", "there are no global tables here"),
              refused("VectorIndexes", "there are no vector indexes here"));

void check_billing(const In& in) {
  const bool on_demand = in.billing && *in.billing == "PAY_PER_REQUEST";
  if (on_demand && in.throughput)
    throw invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  if (!on_demand && !in.throughput)
    throw invalid_parameter(
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
}

void check_indexes(const In& in, const TableSettings& table) {
  const std::size_t local = in.local ? in.local->size() : 0, global = in.global ? in.global->size() : 0;
  if (local > kMaxLocalIndexes)
    throw invalid_parameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  if (global > kMaxGlobalIndexes)
    throw invalid_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  for (std::size_t i = 0; i < table.indexes.size(); ++i) {
    if (table.index(table.indexes[i].name) != &table.indexes[i])
      throw invalid_parameter("Duplicate index name: " + table.indexes[i].name);
    if (table.on_demand && table.indexes[i].throughput != Throughput())
      throw invalid_parameter("ProvisionedThroughput should not be specified for index: " +
                              table.indexes[i].name + " when BillingMode is PAY_PER_REQUEST");
  }
}

void add_indexes(const In& in, TableSettings& table) {
  if (in.local && in.local->empty()) throw invalid_parameter("List of LocalSecondaryIndexes is empty");
  if (in.global && in.global->empty()) throw invalid_parameter("List of GlobalSecondaryIndexes is empty");
  if (in.local && table.keys.size() != 2)
    throw invalid_parameter(
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  for (const bool global : {false, true}) {
    const auto& list = global ? in.global : in.local;
    if (!list) continue;
    for (const IndexInput& index : *list) {
      table.indexes.push_back(index_of(index, global, table.keys, in.definitions));
      table.indexes.back().number = table.next_index++;
    }
  }
  check_indexes(in, table);
}

// Every definition is of a key, of the table or of an index.
void check_definitions(const In& in, const TableSettings& table) {
  std::vector<std::string> used;
  for (const KeyAttribute& key : table.keys) used.push_back(key.name);
  for (const Index& index : table.indexes)
    for (const KeyAttribute& key : index.keys) used.push_back(key.name);
  for (const AttributeDefinition& d : in.definitions) {
    if (std::find(used.begin(), used.end(), d.name) != used.end()) continue;
    if (table.indexes.empty())
      throw invalid_parameter(
          "Number of attributes in KeySchema does not exactly match number of attributes defined in "
          "AttributeDefinitions");
    throw invalid_parameter("Some AttributeDefinitions are not used. AttributeDefinitions: [" + d.name + "]");
  }
}

TableSettings table_of(const In& in, const Caller& caller, Time now) {
  check_billing(in);
  TableSettings table;
  if (in.throughput) table.throughput = throughput_of(*in.throughput);
  table.account = caller.account;
  table.region = caller.region;
  table.name = in.name;
  table.id = new_uuid();
  table.created = now;
  if (in.keys.size() > in.definitions.size())
    throw invalid("Invalid KeySchema: Some index key attribute have no definition");  // AWS's spelling
  table.keys = key_schema_of(in.keys, in.definitions);
  table.on_demand = in.billing && *in.billing == "PAY_PER_REQUEST";
  if (table.on_demand) table.on_demand_since = now;
  add_indexes(in, table);
  check_definitions(in, table);
  table.table_class = in.table_class.value_or("");
  table.deletion_protection = in.protection.value_or(false);
  if (in.tags) add_tags(table.tags, *in.tags);
  return table;
}

asio::awaitable<TableDescriptionOutput> create_table(DynamoDb& d, const Caller& caller, In in) {
  check_stream(in.stream);
  TableSettings table = table_of(in, caller, d.clock.now());
  std::string key = Store::key_of(caller.account, caller.region, in.name);
  if (d.store.find(key).version) throw table_exists(in.name);
  if (d.store.list(caller.account, caller.region, "", kMaxTables).size() == kMaxTables)
    throw too_many_tables(kMaxTables);
  TableDescriptionOutput out{describe(table, "CREATING", {})};
  const bool done = co_await d.store.put(std::move(key), std::move(table), std::nullopt);
  if (!done) throw table_exists(in.name);
  co_return out;
}

}  // namespace

extern const Operation kCreateTable;
const Operation kCreateTable =
    operation("CreateTable", kInput, kTableDescription, create_table).writes().on(table_of_input);

}  // namespace millrace::dynamodb
