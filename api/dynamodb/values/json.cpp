#include "api/dynamodb/values/json.h"

#include <algorithm>

#include "api/core/base64.h"
#include "api/dynamodb/errors.h"

namespace millrace::dynamodb {

namespace {

constexpr const char* kOneType =
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
    "datatypes";
constexpr const char* kEmptyValue =
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes";

Number number_of(const std::string& text) {
  if (text.empty()) throw invalid("The parameter cannot be converted to a numeric value");
  Number::Fault fault = Number::Fault::none;
  if (auto number = Number::parse(text, fault)) return *std::move(number);
  switch (fault) {
    case Number::Fault::overflow:
      throw invalid(
          "Number overflow. Attempting to store a number with magnitude larger than supported range");
    case Number::Fault::underflow:
      throw invalid(
          "Number underflow. Attempting to store a number with magnitude smaller than supported range");
    case Number::Fault::too_precise:
      throw invalid("Attempting to store more than 38 significant digits in a Number");
    default:
      throw invalid("The parameter cannot be converted to a numeric value: " + text);
  }
}

Binary binary_of(const Json& json) {
  if (json.is_object()) throw malformed("Start of structure or map found where not expected");
  if (json.is_array()) throw malformed("Unrecognized collection type class java.nio.ByteBuffer");
  if (!json.is_string()) throw malformed("only base-64-encoded strings are convertible to bytes");
  const auto& text = json.get_ref<const std::string&>();
  if (text.size() % 4 != 0)
    throw malformed("Base64 encoded length is expected a multiple of 4 bytes but found: " +
                    std::to_string(text.size()));
  auto bytes = base64_decode(text);
  if (!bytes) throw malformed("Invalid last non-pad Base64 character dectected");  // AWS's spelling
  return {*std::move(bytes)};
}

// "[a, b]", as AWS's texts show a list.
std::string shown(const Json& list) {
  std::string out;
  for (const Json& member : list)
    out += (out.empty() ? "" : ", ") + (member.is_string() ? member.get<std::string>() : member.dump());
  return "[" + out + "]";
}

// Sorted; false: there are duplicates.
template <class T>
bool sort_unique(std::vector<T>& members) {
  std::sort(members.begin(), members.end());
  return std::adjacent_find(members.begin(), members.end()) == members.end();
}

Value text_set(const Json& json) {
  SetOf<std::string> set;
  for (const Json& member : json) set.members.push_back(text_of(member));
  if (set.members.empty()) throw invalid_parameter("An string set  may not be empty");
  if (!sort_unique(set.members))
    throw invalid_parameter("Input collection " + shown(json) + " contains duplicates.");
  return {std::move(set)};
}
Value number_set(const Json& json) {
  SetOf<Number> set;
  if (json.empty()) throw invalid_parameter("An number set  may not be empty");
  for (const Json& member : json) set.members.push_back(number_of(text_of(member)));
  if (!sort_unique(set.members)) throw invalid("Input collection contains duplicates");
  return {std::move(set)};
}
Value binary_set(const Json& json) {
  SetOf<Binary> set;
  for (const Json& member : json) set.members.push_back(binary_of(member));
  if (set.members.empty()) throw invalid_parameter("Binary sets should not be empty");
  if (!sort_unique(set.members))
    throw invalid_parameter("Input collection " + shown(json) + "of type BS contains duplicates.");
  return {std::move(set)};
}

Value value_within(const Json& json, std::size_t levels);

Item map_within(const Json& json, std::size_t levels) {
  expect_object(json);
  Item item;
  for (const auto& [name, member] : json.items()) item.emplace(name, value_within(member, levels));
  return item;
}

Value typed_value(const std::string& type, const Json& json, std::size_t levels) {
  if (type == "S") return {text_of(json)};
  if (type == "N") return {number_of(text_of(json))};
  if (type == "B") return {binary_of(json)};
  if (type == "BOOL") return {flag_of(json)};
  if (type == "NULL") {
    if (!flag_of(json)) throw invalid_parameter("Null attribute value types must have the value of true");
    return {Null()};
  }
  if (type == "M" || type == "L") {
    if (levels == 0) throw invalid("Nesting Levels have exceeded supported limits");
    if (type == "M") return {map_within(json, levels - 1)};
    expect_list(json);
    List list;
    list.reserve(json.size());
    for (const Json& member : json) list.push_back(value_within(member, levels - 1));
    return {std::move(list)};
  }
  expect_list(json);
  return type == "SS" ? text_set(json) : type == "NS" ? number_set(json) : binary_set(json);
}

bool is_type(const std::string& name) {
  constexpr std::string_view kNames[] = {"S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

Value value_within(const Json& json, std::size_t levels) {
  if (json.is_array())
    throw malformed("Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue");
  if (!json.is_object()) throw malformed("Unexpected value type in payload");
  const std::string* type = nullptr;
  const Json* value = nullptr;
  std::size_t types = 0;
  for (const auto& [name, member] : json.items()) {
    if (member.is_null() || !is_type(name)) continue;  // members that the model does not have are skipped
    ++types;
    if (type) continue;
    type = &json.find(name).key();
    value = &member;
  }
  if (!type) throw invalid(kEmptyValue);
  Value out = typed_value(*type, *value, levels);
  if (types > 1) throw invalid(kOneType);
  return out;
}

struct ToJson {
  OrderedJson operator()(const std::string& text) const { return text; }
  OrderedJson operator()(const Number& number) const { return number.text(); }
  OrderedJson operator()(const Binary& binary) const { return base64_encode(binary.bytes); }
  OrderedJson operator()(bool flag) const { return flag; }
  OrderedJson operator()(const Null&) const { return true; }
  template <class T>
  OrderedJson operator()(const SetOf<T>& set) const {
    OrderedJson out = OrderedJson::array();
    for (const T& member : set.members) out.push_back((*this)(member));
    return out;
  }
  OrderedJson operator()(const List& list) const {
    OrderedJson out = OrderedJson::array();
    for (const Value& member : list) out.push_back(json_of(member));
    return out;
  }
  OrderedJson operator()(const Item& map) const { return json_of(map); }
};

}  // namespace

void expect_object(const Json& json) {
  if (json.is_array())
    throw malformed(
        "Unrecognized collection type java.util.Map<java.lang.String, "
        "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  if (!json.is_object()) throw malformed("Unexpected field type");
}

void expect_list(const Json& json) {
  if (json.is_object()) throw malformed("Start of structure or map found where not expected");
  if (!json.is_array()) throw malformed("Unexpected field type");
}

const std::string& text_of(const Json& json) {
  if (json.is_boolean())
    throw malformed(std::string(json.get<bool>() ? "TRUE" : "FALSE") +
                    "_VALUE cannot be converted to String");
  if (json.is_number_float()) throw malformed("DECIMAL_VALUE cannot be converted to String");
  if (json.is_number()) throw malformed("NUMBER_VALUE cannot be converted to String");
  if (json.is_object()) throw malformed("Start of structure or map found where not expected");
  if (!json.is_string()) throw malformed("Unrecognized collection type class java.lang.String");
  return json.get_ref<const std::string&>();
}

bool flag_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_float()) throw malformed("DECIMAL_VALUE cannot be converted to Boolean");
  if (json.is_number()) throw malformed("NUMBER_VALUE cannot be converted to Boolean");
  if (json.is_object()) throw malformed("Start of structure or map found where not expected");
  if (!json.is_string()) throw malformed("Unrecognized collection type class java.lang.Boolean");
  std::string text = json.get<std::string>();
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  if (text == "TRUE" || text == "1" || text == "YES") return true;
  if (text == "FALSE" || text == "0" || text == "NO") return false;
  throw malformed("Unexpected token received from parser");
}

Value value_of(const Json& json) { return value_within(json, kMaxNesting); }
Item item_of(const Json& json) { return map_within(json, kMaxNesting); }

OrderedJson json_of(const Value& value) {
  OrderedJson out = OrderedJson::object();
  out.emplace(std::string(name_of(value.type())), std::visit(ToJson(), value.data));
  return out;
}

OrderedJson json_of(const Item& item) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, value] : item) out.emplace(name, json_of(value));
  return out;
}

}  // namespace millrace::dynamodb
