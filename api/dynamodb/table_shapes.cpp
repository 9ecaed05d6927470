#include "api/dynamodb/table_shapes.h"

namespace millrace::dynamodb {

namespace {

template <class T>
std::string names_of(const std::vector<T>& members) {
  std::string out;
  for (const T& member : members) out += (out.empty() ? "" : ", ") + member.name;
  return "[" + out + "]";
}

}  // namespace

Throughput throughput_of(const ThroughputInput& in, const std::string& of) {
  constexpr std::int64_t kMost = 1'000'000'000'000;
  for (const auto& [name, units] : {std::pair("Read", in.reads), std::pair("Write", in.writes)})
    if (units > kMost)
      throw invalid("Given value " + std::to_string(units) + " for " + name +
                    "CapacityUnits is out of bounds" + of);
  return {in.reads, in.writes};
}

void check_stream(const std::optional<Json>& specification) {
  if (!specification || !specification->is_object()) return;
  const auto enabled = specification->find("StreamEnabled");
  if (enabled != specification->end() && enabled->is_boolean() && enabled->get<bool>())
    throw invalid_parameter("StreamSpecification: this server has no DynamoDB Streams");
}

KeySchema key_schema_of(const std::vector<KeyElement>& keys,
                        const std::vector<AttributeDefinition>& definitions) {
  KeySchema out;
  for (const KeyElement& key : keys) {
    const auto found = std::find_if(definitions.begin(), definitions.end(),
                                    [&](const AttributeDefinition& d) { return d.name == key.name; });
    if (found == definitions.end())
      throw invalid_parameter("Some index key attributes are not defined in AttributeDefinitions. Keys: " +
                              names_of(keys) + ", AttributeDefinitions: " + names_of(definitions));
    out.push_back({key.name, found->type == "N" ? Type::N : found->type == "B" ? Type::B : Type::S});
  }
  if (keys.size() == 2 && keys[0].name == keys[1].name)
    throw invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  if (keys[0].type != "HASH")
    throw invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (keys.size() == 2 && keys[1].type != "RANGE")
    throw invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  return out;
}

Index index_of(const IndexInput& in, bool global, const KeySchema& table_keys,
               const std::vector<AttributeDefinition>& definitions) {
  Index out;
  out.name = in.name;
  out.global = global;
  out.keys = key_schema_of(in.keys, definitions);
  if (!global && out.keys.size() != 2)
    throw invalid_parameter("Index KeySchema does not have a range key for index: " + in.name);
  if (!global && out.keys[0].name != table_keys[0].name)
    throw invalid_parameter(
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: " + in.name +
        ". index hash key: " + out.keys[0].name + ", table hash key: " + table_keys[0].name);
  if (!in.projection.type) throw invalid_parameter("Unknown ProjectionType: null");
  out.projection = *in.projection.type;
  if (in.projection.attributes && out.projection != "INCLUDE")
    throw invalid_parameter("ProjectionType is " + out.projection + ", but NonKeyAttributes is specified");
  if (!in.projection.attributes && out.projection == "INCLUDE")
    throw invalid_parameter("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  if (in.projection.attributes) out.non_key_attributes = *in.projection.attributes;
  if (in.throughput) out.throughput = throughput_of(*in.throughput, " for index " + in.name);
  return out;
}

}  // namespace millrace::dynamodb
