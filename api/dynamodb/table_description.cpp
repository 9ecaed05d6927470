// TableDescription, as CreateTable, DescribeTable, UpdateTable and DeleteTable answer it.
#include <set>
#include <string_view>

#include "api/core/rows.h"
#include "api/dynamodb/table.h"

namespace millrace::dynamodb {

namespace {

double seconds_of(Time time) { return static_cast<double>(ms_of(time)) / 1000; }

OrderedJson key_schema(const KeySchema& keys) {
  OrderedJson out = OrderedJson::array();
  for (std::size_t i = 0; i < keys.size(); ++i)
    out.push_back({{"AttributeName", keys[i].name}, {"KeyType", i == 0 ? "HASH" : "RANGE"}});
  return out;
}

OrderedJson throughput(const Throughput& t) {
  return {{"NumberOfDecreasesToday", 0}, {"ReadCapacityUnits", t.reads}, {"WriteCapacityUnits", t.writes}};
}

OrderedJson describe_index(const TableSettings& table, const Index& index, bool created) {
  OrderedJson out;
  out["IndexName"] = index.name;
  out["KeySchema"] = key_schema(index.keys);
  out["Projection"]["ProjectionType"] = index.projection;
  if (!index.non_key_attributes.empty()) out["Projection"]["NonKeyAttributes"] = index.non_key_attributes;
  if (index.global) {
    out["IndexStatus"] = index.active && !created ? "ACTIVE" : "CREATING";
    if (!index.active) out["Backfilling"] = true;
    out["ProvisionedThroughput"] = throughput(index.throughput);
  }
  out["IndexSizeBytes"] = 0;
  out["ItemCount"] = 0;
  out["IndexArn"] = table.arn() + "/index/" + index.name;
  return out;
}

OrderedJson definitions(const TableSettings& table) {
  OrderedJson out = OrderedJson::array();
  std::set<std::string> seen;
  const auto add = [&](const KeySchema& keys) {
    for (const KeyAttribute& key : keys)
      if (seen.insert(key.name).second)
        out.push_back({{"AttributeName", key.name}, {"AttributeType", std::string(name_of(key.type))}});
  };
  add(table.keys);
  for (const Index& index : table.indexes) add(index.keys);
  return out;
}

}  // namespace

OrderedJson describe(const TableSettings& table, const char* status, const Amount& amount) {
  const bool created = std::string_view(status) == "CREATING";  // the answer of CreateTable
  OrderedJson out;
  out["AttributeDefinitions"] = definitions(table);
  out["TableName"] = table.name;
  out["KeySchema"] = key_schema(table.keys);
  out["TableStatus"] = status;
  out["CreationDateTime"] = seconds_of(table.created);
  out["ProvisionedThroughput"] = throughput(table.throughput);
  out["TableSizeBytes"] = amount.bytes;
  out["ItemCount"] = amount.items;
  out["TableArn"] = table.arn();
  out["TableId"] = table.id;
  if (table.on_demand) {
    out["BillingModeSummary"]["BillingMode"] = "PAY_PER_REQUEST";
    if (table.on_demand_since && !created)
      out["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = seconds_of(*table.on_demand_since);
  }
  for (const bool global : {false, true}) {
    OrderedJson list = OrderedJson::array();
    for (const Index& index : table.indexes)
      if (index.global == global) list.push_back(describe_index(table, index, created));
    if (!list.empty()) out[global ? "GlobalSecondaryIndexes" : "LocalSecondaryIndexes"] = std::move(list);
  }
  if (!table.table_class.empty()) out["TableClassSummary"]["TableClass"] = table.table_class;
  out["DeletionProtectionEnabled"] = table.deletion_protection;
  return out;
}

}  // namespace millrace::dynamodb
