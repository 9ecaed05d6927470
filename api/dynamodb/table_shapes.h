// The members of CreateTable and UpdateTable that describe keys and indexes. Source: botocore
// dynamodb/2012-08-10.
#pragma once

#include <limits>

#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

struct AttributeDefinition {
  std::string name, type;
};
inline constexpr auto kAttributeDefinition = shape<AttributeDefinition>(
    field("AttributeName", &AttributeDefinition::name, required, length(1, 255)),
    field("AttributeType", &AttributeDefinition::type, required, one_of<"B", "N", "S">));

struct KeyElement {
  std::string name, type;
};
inline constexpr auto kKeyElement =
    shape<KeyElement>(field("AttributeName", &KeyElement::name, required, length(1, 255)),
                      field("KeyType", &KeyElement::type, required, one_of<"HASH", "RANGE">));

struct Projection {
  std::optional<std::string> type;
  std::optional<std::vector<std::string>> attributes;
};
inline constexpr auto kProjection = shape<Projection>(
    field("ProjectionType", &Projection::type, one_of<"ALL", "INCLUDE", "KEYS_ONLY">),
    field("NonKeyAttributes", &Projection::attributes, length(1, 20), each(length(1, 255))));

struct ThroughputInput {
  std::int64_t reads = 0, writes = 0;
};
// Too many are an error with a text of its own.
inline constexpr RangeRule kUnits = range(1, std::numeric_limits<std::int64_t>::max());
inline constexpr auto kThroughput =
    shape<ThroughputInput>(field("ReadCapacityUnits", &ThroughputInput::reads, required, kUnits),
                           field("WriteCapacityUnits", &ThroughputInput::writes, required, kUnits));
// Throws ValidationException. `of`: " for index NAME", or nothing for the table.
[[nodiscard]] Throughput throughput_of(const ThroughputInput& in, const std::string& of = "");

inline constexpr UnreadField kOnDemandThroughput = ignored<Json>(
                                 "OnDemandThroughput", "the throughput of tables is not limited here"),
                             kWarmThroughput =
                                 ignored<Json>("WarmThroughput", "tables take any throughput at once");

struct IndexInput {
  std::string name;
  std::vector<KeyElement> keys;
  Projection projection;
  std::optional<ThroughputInput> throughput;
};
inline constexpr auto kGlobalIndex =
    shape<IndexInput>(field("IndexName", &IndexInput::name, required, kIndexName),
                      field("KeySchema", &IndexInput::keys, required, length(1, 2), kKeyElement),
                      field("Projection", &IndexInput::projection, required, kProjection),
                      field("ProvisionedThroughput", &IndexInput::throughput, kThroughput),
                      kOnDemandThroughput, kWarmThroughput);
inline constexpr auto kLocalIndex =
    shape<IndexInput>(field("IndexName", &IndexInput::name, required, kIndexName),
                      field("KeySchema", &IndexInput::keys, required, length(1, 2), kKeyElement),
                      field("Projection", &IndexInput::projection, required, kProjection));

inline constexpr UnreadField kEncryption =
    ignored<Json>("SSESpecification", "tables are stored with the server's own means");

// A table as CreateTable, UpdateTable and DeleteTable answer it.
struct TableDescriptionOutput {
  OrderedJson table = OrderedJson::object();
};
inline constexpr auto kTableDescription =
    shape<TableDescriptionOutput>(field("TableDescription", &TableDescriptionOutput::table));

// Throws ValidationException for a StreamSpecification that asks for a stream.
void check_stream(const std::optional<Json>& specification);

// The key of a table or index. Throws ValidationException.
[[nodiscard]] KeySchema key_schema_of(const std::vector<KeyElement>& keys,
                                      const std::vector<AttributeDefinition>& definitions);
[[nodiscard]] Index index_of(const IndexInput& in, bool global, const KeySchema& table_keys,
                             const std::vector<AttributeDefinition>& definitions);

}  // namespace millrace::dynamodb
