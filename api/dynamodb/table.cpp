#include "api/dynamodb/table.h"

#include <algorithm>

#include "api/core/arn.h"
#include "api/core/rows.h"
#include "api/dynamodb/errors.h"
#include "api/dynamodb/values/key_bytes.h"

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kMaxPartitionKey = 2048, kMaxSortKey = 1024;

Type type_named(const std::string& name) {
  for (const Type type : {Type::S, Type::N, Type::B})
    if (name == name_of(type)) return type;
  throw std::runtime_error("a table's row has a key of an unknown type");
}

Json row_of_keys(const KeySchema& keys) {
  Json out = Json::array();
  for (const KeyAttribute& key : keys) out.push_back({{"name", key.name}, {"type", name_of(key.type)}});
  return out;
}
KeySchema keys_of_row(const Json& row) {
  KeySchema out;
  for (const Json& key : row) out.push_back({key.at("name"), type_named(key.at("type"))});
  if (out.empty() || out.size() > 2) throw std::runtime_error("a table's row has no key");
  return out;
}

Json row_of_throughput(const Throughput& t) { return {{"reads", t.reads}, {"writes", t.writes}}; }
Throughput throughput_of_row(const Json& row) { return {row.at("reads"), row.at("writes")}; }

Json row_of_index(const Index& index) {
  return {{"name", index.name},
          {"number", index.number},
          {"global", index.global},
          {"active", index.active},
          {"keys", row_of_keys(index.keys)},
          {"projection", index.projection},
          {"attributes", index.non_key_attributes},
          {"throughput", row_of_throughput(index.throughput)}};
}
Index index_of_row(const Json& row) {
  Index out;
  out.name = row.at("name");
  out.number = row.at("number");
  out.global = row.at("global");
  out.active = row.at("active");
  out.keys = keys_of_row(row.at("keys"));
  out.projection = row.at("projection");
  out.non_key_attributes = row.at("attributes").get<std::vector<std::string>>();
  out.throughput = throughput_of_row(row.at("throughput"));
  return out;
}

void check_key_size(const Value& value, bool partition) {
  const std::size_t size = value.type() == Type::N ? 0 : size_of(value);
  if (partition && size > kMaxPartitionKey)
    throw invalid_parameter(
        "Size of hashkey has exceeded the maximum size limit of2048 bytes");  // AWS's spelling
  if (!partition && size > kMaxSortKey)
    throw invalid_parameter("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
}

bool is_empty(const Value& value) {
  if (const auto* text = value.as<std::string>()) return text->empty();
  const auto* binary = value.as<Binary>();
  return binary && binary->bytes.empty();
}
const char* long_name(Type type) { return type == Type::S ? "string" : "binary"; }

void check_index_keys(const Index& index, const Item& item) {
  for (const KeyAttribute& key : index.keys) {
    const auto found = item.find(key.name);
    if (found == item.end()) continue;
    if (found->second.type() != key.type)
      throw wrong_index_key(index.name, key.name, name_of(key.type), name_of(found->second.type()));
    if (is_empty(found->second))
      throw invalid(
          std::string(
              "One or more parameter values are not valid. A value specified for a secondary index "
              "key is not supported. The AttributeValue for a key attribute cannot contain an empty ") +
          long_name(key.type) + " value. IndexName: " + index.name + ", IndexKey: " + key.name);
    check_key_size(found->second, key.name == index.keys[0].name);
  }
}

}  // namespace

std::string TableSettings::arn() const { return arn_of("dynamodb", region, account, "table/" + name); }

const Index* TableSettings::index(const std::string& index_name) const {
  for (const Index& i : indexes)
    if (i.name == index_name) return &i;
  return nullptr;
}

std::string encode_table(const TableSettings& t) {
  Json row = {{"version", 1},
              {"account", t.account},
              {"region", t.region},
              {"name", t.name},
              {"id", t.id},
              {"created", ms_of(t.created)},
              {"keys", row_of_keys(t.keys)},
              {"indexes", Json::array()},
              {"next_index", t.next_index},
              {"on_demand", t.on_demand},
              {"throughput", row_of_throughput(t.throughput)},
              {"class", t.table_class},
              {"deletion_protection", t.deletion_protection},
              {"ttl", {{"attribute", t.ttl.attribute}, {"enabled", t.ttl.enabled}}},
              {"recovery_days", t.recovery_days},
              {"tags", t.tags}};
  for (const Index& index : t.indexes) row["indexes"].push_back(row_of_index(index));
  if (t.on_demand_since) row["on_demand_since"] = ms_of(*t.on_demand_since);
  if (t.recovery_since) row["recovery_since"] = ms_of(*t.recovery_since);
  return row.dump();
}

TableSettings decode_table(const std::string& text) {
  const Json row = parse_row(text, "a table's");
  TableSettings t;
  t.account = row.at("account");
  t.region = row.at("region");
  t.name = row.at("name");
  t.id = row.at("id");
  t.created = time_of(row.at("created"));
  t.keys = keys_of_row(row.at("keys"));
  for (const Json& index : row.at("indexes")) t.indexes.push_back(index_of_row(index));
  t.next_index = row.at("next_index");
  t.on_demand = row.at("on_demand");
  t.throughput = throughput_of_row(row.at("throughput"));
  t.table_class = row.at("class");
  t.deletion_protection = row.at("deletion_protection");
  t.ttl = {row.at("ttl").at("attribute"), row.at("ttl").at("enabled")};
  t.recovery_days = row.at("recovery_days");
  t.tags = row.at("tags").get<std::map<std::string, std::string>>();
  if (row.contains("on_demand_since")) t.on_demand_since = time_of(row.at("on_demand_since"));
  if (row.contains("recovery_since")) t.recovery_since = time_of(row.at("recovery_since"));
  return t;
}

void check_key(const KeySchema& keys, const Item& key) {
  if (key.size() != keys.size()) throw key_mismatch();
  for (std::size_t i = 0; i < keys.size(); ++i) check_key_part(keys, i, key);
}

void check_key_part(const KeySchema& keys, std::size_t part, const Item& key) {
  const auto found = key.find(keys[part].name);
  if (found == key.end() || found->second.type() != keys[part].type) throw key_mismatch();
  if (is_empty(found->second))
    throw invalid(
        std::string("One or more parameter values are not valid. The AttributeValue for a key attribute "
                    "cannot contain an empty ") +
        long_name(keys[part].type) + " value. Key: " + keys[part].name);
  check_key_size(found->second, part == 0);
}

void check_item(const TableSettings& table, const Item& item) {
  for (const KeyAttribute& key : table.keys) {
    const auto found = item.find(key.name);
    if (found == item.end()) throw invalid_parameter("Missing the key " + key.name + " in the item");
    if (found->second.type() != key.type)
      throw invalid_parameter("Type mismatch for key " + key.name +
                              " expected: " + std::string(name_of(key.type)) +
                              " actual: " + std::string(name_of(found->second.type())));
  }
  check_key(table.keys, key_of(table.keys, item));
  for (const Index& index : table.indexes) check_index_keys(index, item);
}

Item key_of(const KeySchema& keys, const Item& item) {
  Item out;
  for (const KeyAttribute& key : keys)
    if (const auto found = item.find(key.name); found != item.end()) out.insert(*found);
  return out;
}

bool has_keys(const KeySchema& keys, const Item& item) {
  return std::all_of(keys.begin(), keys.end(), [&](const KeyAttribute& key) {
    const auto found = item.find(key.name);
    return found != item.end() && found->second.type() == key.type && !is_empty(found->second);
  });
}

Item projected(const TableSettings& table, const Index& index, const Item& item) {
  if (index.projection == "ALL") return item;
  Item out = key_of(table.keys, item);
  out.merge(key_of(index.keys, item));
  for (const std::string& name : index.non_key_attributes)
    if (const auto found = item.find(name); found != item.end()) out.insert(*found);
  return out;
}

std::vector<KeyAttribute> start_key_schema(const TableSettings& table, const Index* index) {
  std::vector<KeyAttribute> out = table.keys;
  if (!index) return out;
  for (const KeyAttribute& key : index->keys)
    if (std::none_of(out.begin(), out.end(), [&](const KeyAttribute& k) { return k.name == key.name; }))
      out.push_back(key);
  return out;
}

std::string items_prefix(const TableSettings& table) { return "d/i/" + table.id + "/"; }
std::string indexes_prefix(const TableSettings& table) { return "d/x/" + table.id + "/"; }
std::string index_prefix(const TableSettings& table, const Index& index) {
  return indexes_prefix(table) + std::to_string(index.number) + "/";
}

std::string item_row_key(const TableSettings& table, const Item& key) {
  std::string out = items_prefix(table) + bucket_of(key.at(table.keys[0].name));
  for (const KeyAttribute& k : table.keys) out += part_of(key.at(k.name));
  return out;
}

std::string index_row_key(const TableSettings& table, const Index& index, const Item& item) {
  std::string out = index_prefix(table, index) + bucket_of(item.at(index.keys[0].name));
  for (const KeyAttribute& k : index.keys) out += part_of(item.at(k.name));
  if (index.global)
    out += bucket_of(item.at(table.keys[0].name),
                     table.keys.size() == 2 ? &item.at(table.keys[1].name) : nullptr);
  for (const KeyAttribute& k : table.keys) out += part_of(item.at(k.name));
  return out;
}

}  // namespace millrace::dynamodb
