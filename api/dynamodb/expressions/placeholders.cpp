#include "api/dynamodb/expressions/placeholders.h"

#include "api/dynamodb/errors.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {

namespace {

// "#" or ":", then letters, digits and "_".
bool is_placeholder(const std::string& key, char first) {
  if (key.size() < 2 || key[0] != first) return false;
  for (std::size_t i = 1; i < key.size(); ++i) {
    const char c = key[i];
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
      return false;
  }
  return true;
}

void check_keys(const Json& object, const char* member, char first) {
  if (object.empty()) throw invalid(std::string(member) + " must not be empty");
  for (const auto& [key, value] : object.items())
    if (!is_placeholder(key, first))
      throw invalid(std::string(member) + " contains invalid key: Syntax error; key: \"" + key + "\"");
}

void check_used(const std::set<std::string>& unused, const char* member) {
  if (unused.empty()) return;
  std::string keys;
  for (const std::string& key : unused) keys += (keys.empty() ? "" : ", ") + key;
  throw invalid(std::string("Value provided in ") + member + " unused in expressions: keys: {" + keys + "}");
}

}  // namespace

Placeholders::Placeholders(const Json& names, const Json& values) {
  if (!names.is_null()) {
    if (!names.is_object()) throw malformed("Unexpected field type");
    for (const auto& [key, value] : names.items()) names_.emplace(key, text_of(value));
    check_keys(names, "ExpressionAttributeNames", '#');
    for (const auto& [key, name] : names_) {
      if (name.empty())
        throw invalid("ExpressionAttributeNames contains invalid value: Empty attribute name for key " + key);
      unused_names_.insert(key);
    }
  }
  if (values.is_null()) return;
  expect_object(values);
  check_keys(values, "ExpressionAttributeValues", ':');
  for (const auto& [key, json] : values.items()) {
    try {
      values_.emplace(key, value_of(json));
    } catch (const ApiError& e) {
      if (e.code() != "ValidationException") throw;
      throw invalid("ExpressionAttributeValues contains invalid value: " + e.message() + " for key " + key);
    }
    unused_values_.insert(key);
  }
}

const std::string* Placeholders::name(const std::string& token) {
  const auto found = names_.find(token);
  if (found == names_.end()) return nullptr;
  unused_names_.erase(token);
  return &found->second;
}

const Value* Placeholders::value(const std::string& token) {
  const auto found = values_.find(token);
  if (found == values_.end()) return nullptr;
  unused_values_.erase(token);
  return &found->second;
}

void Placeholders::check_all_used() const {
  check_used(unused_names_, "ExpressionAttributeNames");
  check_used(unused_values_, "ExpressionAttributeValues");
}

}  // namespace millrace::dynamodb
