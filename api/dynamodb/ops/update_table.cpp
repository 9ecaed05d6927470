// UpdateTable: billing mode, throughput, class, protection, and global secondary indexes. Source: DynamoDB
// API reference.
#include "api/dynamodb/change_table.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/table_shapes.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxGlobalIndexes = 20;

struct IndexUpdate {
  std::string name;
  std::optional<ThroughputInput> throughput;
};
constexpr auto kIndexUpdate =
    shape<IndexUpdate>(field("IndexName", &IndexUpdate::name, required, kIndexName),
                       field("ProvisionedThroughput", &IndexUpdate::throughput, kThroughput),
                       kOnDemandThroughput, kWarmThroughput);
struct IndexDeletion {
  std::string name;
};
constexpr auto kIndexDeletion =
    shape<IndexDeletion>(field("IndexName", &IndexDeletion::name, required, kIndexName));

struct IndexChange {
  std::optional<IndexUpdate> update;
  std::optional<IndexInput> create;
  std::optional<IndexDeletion> remove;
};
constexpr auto kIndexChange = shape<IndexChange>(field("Update", &IndexChange::update, kIndexUpdate),
                                                 field("Create", &IndexChange::create, kGlobalIndex),
                                                 field("Delete", &IndexChange::remove, kIndexDeletion));

struct UpdateTableInput {
  std::optional<std::vector<AttributeDefinition>> definitions;
  std::string table;
  std::optional<std::string> billing, table_class;
  std::optional<ThroughputInput> throughput;
  std::optional<std::vector<IndexChange>> indexes;
  std::optional<bool> protection;
  std::optional<Json> stream, encryption;
};
using In = UpdateTableInput;
constexpr auto kInput = shape<In>(
    field("AttributeDefinitions", &In::definitions, kAttributeDefinition),
    field("TableName", &In::table, required, kTableName),
    field("BillingMode", &In::billing, one_of<"PROVISIONED", "PAY_PER_REQUEST">),
    field("ProvisionedThroughput", &In::throughput, kThroughput),
    field("GlobalSecondaryIndexUpdates", &In::indexes, kIndexChange),
    field("StreamSpecification", &In::stream), field("SSESpecification", &In::encryption),
    refused("ReplicaUpdates", "there are no global tables here"),
    field("TableClass", &In::table_class, one_of<"STANDARD", "STANDARD_INFREQUENT_ACCESS">),
    field("DeletionProtectionEnabled", &In::protection),
    refused("MultiRegionConsistency", "there are no global tables here"),
    refused("GlobalTableWitnessUpdates", "there are no global tables here"), kOnDemandThroughput,
    kWarmThroughput, refused("GlobalTableSettingsReplicationMode", "there are no global tables here"),
    refused("DisassociationProtectionEnabled", "there are no global tables here"),
    refused("VectorIndexUpdates", "there are no vector indexes here"));

void check(const In& in) {
  const bool indexes = in.indexes && !in.indexes->empty();
  if (!in.throughput && !in.billing && !in.stream && !indexes && !in.encryption && !in.table_class &&
      !in.protection)
    throw invalid(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
        "GlobalSecondaryIndexUpdates or "
        "SSESpecification or ReplicaUpdates is required");
  if (in.billing && *in.billing == "PROVISIONED" && !in.throughput)
    throw invalid_parameter("ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
  if (in.throughput) (void)throughput_of(*in.throughput);
  std::vector<std::string> names;
  std::size_t made_or_removed = 0;
  if (!indexes) return;
  for (const IndexChange& change : *in.indexes) {
    if (!change.update && !change.create && !change.remove)
      throw invalid_parameter(
          "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null");
    const std::string& name = change.update   ? change.update->name
                              : change.create ? change.create->name
                                              : change.remove->name;
    if (std::find(names.begin(), names.end(), name) != names.end())
      throw invalid_parameter(
          "Only one global secondary index update per index is allowed simultaneously. Index: " + name);
    names.push_back(name);
    if (!change.update && ++made_or_removed > 1) throw too_many_index_changes();
  }
}

void set_throughput(const In& in, TableSettings& table, Time now) {
  const bool on_demand = in.billing ? *in.billing == "PAY_PER_REQUEST" : table.on_demand;
  if (on_demand && in.throughput)
    throw invalid_parameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST");
  if (on_demand && !table.on_demand) {
    table.on_demand_since = now;
    table.throughput = {};
    for (Index& index : table.indexes) index.throughput = {};
  }
  if (in.throughput) {
    const Throughput wanted = throughput_of(*in.throughput);
    if (!table.on_demand && wanted == table.throughput)
      throw invalid(
          "The provisioned throughput for the table will not change. The requested value equals the current "
          "value. "
          "Current ReadCapacityUnits provisioned for the table: " +
          std::to_string(wanted.reads) + ". Requested ReadCapacityUnits: " + std::to_string(wanted.reads) +
          ". Current WriteCapacityUnits provisioned for the table: " + std::to_string(wanted.writes) +
          ". Requested WriteCapacityUnits: " + std::to_string(wanted.writes) +
          ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
          "limits.");
    table.throughput = wanted;
  }
  table.on_demand = on_demand;
}

ApiError no_index(const std::string& name) {
  return invalid("The table does not have the specified index: " + name);
}

std::vector<Index>::iterator find_index(TableSettings& table, const std::string& name) {
  const auto found = std::find_if(table.indexes.begin(), table.indexes.end(),
                                  [&](const Index& i) { return i.global && i.name == name; });
  if (found == table.indexes.end()) throw no_index(name);
  return found;
}

// The definitions of the request, and those of the keys that the table has.
std::vector<AttributeDefinition> all_definitions(const In& in, const TableSettings& table) {
  std::vector<AttributeDefinition> out;
  if (in.definitions) out = *in.definitions;
  const auto add = [&](const KeySchema& keys) {
    for (const KeyAttribute& key : keys) {
      const std::string type(name_of(key.type));
      const auto known = std::find_if(out.begin(), out.end(),
                                      [&](const AttributeDefinition& d) { return d.name == key.name; });
      if (known == out.end())
        out.push_back({key.name, type});
      else if (known->type != type)
        throw invalid_parameter("The type of the key attribute " + key.name + " cannot be changed from " +
                                type + " to " + known->type);
    }
  };
  add(table.keys);
  for (const Index& index : table.indexes) add(index.keys);
  return out;
}

void create_index(const In& in, const IndexInput& create, TableSettings& table) {
  if (table.index(create.name)) throw invalid("Attempting to create an index which already exists");
  std::size_t global = 0;
  for (const Index& index : table.indexes) {
    global += index.global ? 1 : 0;
    if (!index.active) throw too_many_index_changes();
  }
  if (global >= kMaxGlobalIndexes)
    throw invalid_parameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  Index index = index_of(create, true, table.keys, all_definitions(in, table));
  if (table.on_demand && create.throughput)
    throw invalid_parameter("ProvisionedThroughput should not be specified for index: " + create.name +
                            " when BillingMode is PAY_PER_REQUEST");
  index.number = table.next_index++;
  index.active = false;
  table.indexes.push_back(std::move(index));
}

// `gone`: the prefixes of the rows of indexes that are removed.
void change_indexes(const In& in, TableSettings& table, std::vector<std::string>& gone) {
  if (!in.indexes) return;
  for (const IndexChange& change : *in.indexes) {
    if (change.create) create_index(in, *change.create, table);
    if (change.update) {
      Index& index = *find_index(table, change.update->name);
      if (change.update->throughput)
        index.throughput = throughput_of(*change.update->throughput, " for index " + index.name);
    }
    if (change.remove) {
      const auto at = find_index(table, change.remove->name);
      gone.push_back(index_prefix(table, *at));
      table.indexes.erase(at);
    }
  }
}

asio::awaitable<TableDescriptionOutput> update_table(DynamoDb& d, const Caller& caller, In in) {
  const std::string key = DynamoDb::place_of(caller, in.table);
  check(in);
  check_stream(in.stream);
  const Time now = d.clock.now();
  std::vector<std::string> gone;
  const auto change = [&](TableSettings& table) {
    gone.clear();
    set_throughput(in, table, now);
    change_indexes(in, table, gone);
    if (in.table_class) table.table_class = *in.table_class;
    if (in.protection) table.deletion_protection = *in.protection;
  };
  const TableSettings table = co_await change_table(d, key, no_table(in.table), change);
  // No write adds rows to them any more.
  if (!gone.empty()) {
    storage::CatalogBatch batch;
    for (const std::string& prefix : gone) batch.remove_range(prefix, storage::behind(prefix));
    (void)co_await d.store.write(std::move(batch));
  }
  co_return TableDescriptionOutput{describe(table, "UPDATING", d.store.amount(table.id))};
}

}  // namespace

extern const Operation kUpdateTable;
const Operation kUpdateTable =
    operation("UpdateTable", kInput, kTableDescription, update_table).writes().on(table_of_input);

}  // namespace millrace::dynamodb
