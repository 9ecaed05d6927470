// A table and its indexes: what CreateTable and UpdateTable set. Pure; the rows are in tables.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/value_type.h"
#include "api/dynamodb/values/value.h"

namespace millrace::dynamodb {

struct KeyAttribute {
  std::string name;
  Type type = Type::S;  // S, N or B
};
// The partition key, and the sort key if there is one.
using KeySchema = std::vector<KeyAttribute>;

struct Throughput {
  std::int64_t reads = 0, writes = 0;
  friend bool operator==(const Throughput&, const Throughput&) = default;
};

struct Index {
  std::string name;
  std::uint64_t number = 0;  // in the keys of its rows; never used again in the table
  bool global = true;
  bool active = true;  // false: its rows are still being made from the items
  KeySchema keys;
  std::string projection = "ALL";  // KEYS_ONLY, INCLUDE
  std::vector<std::string> non_key_attributes;
  Throughput throughput;
};

struct TimeToLive {
  std::string attribute;
  bool enabled = false;
};

struct TableSettings {
  std::string account, region, name;
  std::string id;  // a UUID, which the keys of the rows of its items begin with
  Time created{};
  KeySchema keys;
  std::vector<Index> indexes;
  std::uint64_t next_index = 0;
  bool on_demand = false;
  std::optional<Time> on_demand_since;
  Throughput throughput;
  std::string table_class;  // empty: not set
  bool deletion_protection = false;
  TimeToLive ttl;
  std::optional<Time> recovery_since;  // of point-in-time recovery; nullopt: it is off
  int recovery_days = 35;
  std::map<std::string, std::string> tags;

  [[nodiscard]] std::string arn() const;
  // nullptr: there is none.
  [[nodiscard]] const Index* index(const std::string& index_name) const;
};
using TablePtr = std::shared_ptr<const TableSettings>;

// The row of a table, JSON. Decoding throws a std::exception.
[[nodiscard]] std::string encode_table(const TableSettings& table);
[[nodiscard]] TableSettings decode_table(const std::string& row);

// How many items a table or index has, and their bytes.
struct Amount {
  std::int64_t items = 0, bytes = 0;
};

// TableDescription. `status`: ACTIVE, CREATING, UPDATING, DELETING.
[[nodiscard]] OrderedJson describe(const TableSettings& table, const char* status, const Amount& amount);

// ---- Items and keys ----

// The key attributes of the item. Throws key_mismatch unless `key` has exactly those of the schema; and
// ValidationException for empty and too large ones.
void check_key(const KeySchema& keys, const Item& key);
// Likewise of one key attribute, whatever others `key` has.
void check_key_part(const KeySchema& keys, std::size_t part, const Item& key);
// Whether the item can be stored in the table: its key, and the types of attributes that are keys of indexes.
void check_item(const TableSettings& table, const Item& item);
// The attributes of the schema that the item has.
[[nodiscard]] Item key_of(const KeySchema& keys, const Item& item);
// Whether the item is in the index.
[[nodiscard]] bool has_keys(const KeySchema& keys, const Item& item);
// The attributes that the index has of the item.
[[nodiscard]] Item projected(const TableSettings& table, const Index& index, const Item& item);
// The names of the attributes in LastEvaluatedKey: those of the table, and of the index.
[[nodiscard]] std::vector<KeyAttribute> start_key_schema(const TableSettings& table, const Index* index);

// ---- Rows ----
//   d/i/<table id>/<bucket><part of the partition key>[<part of the sort key>]      an item (values/bytes.h)
//   d/x/<table id>/<index number>/<bucket><parts of the index's key>[<bucket>]<parts of the table's key>
//                                                                    what the index has of an item, likewise;
//                                     in global indexes with the bucket of the table's whole key in between

[[nodiscard]] std::string items_prefix(const TableSettings& table);
// Of all indexes of the table; of one.
[[nodiscard]] std::string indexes_prefix(const TableSettings& table);
[[nodiscard]] std::string index_prefix(const TableSettings& table, const Index& index);
// `key` has the attributes of the key.
[[nodiscard]] std::string item_row_key(const TableSettings& table, const Item& key);
[[nodiscard]] std::string index_row_key(const TableSettings& table, const Index& index, const Item& item);

}  // namespace millrace::dynamodb
