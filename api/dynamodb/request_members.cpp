#include "api/dynamodb/request_members.h"

#include "api/dynamodb/errors.h"
#include "api/dynamodb/values/json.h"

namespace millrace::dynamodb {

namespace {

ApiError missing(const char* name, const std::string& path) {
  std::string lower = name;
  lower[0] = static_cast<char>(lower[0] | 0x20);
  return invalid("1 validation error detected: Value null at '" + path + "." + lower +
                 "' failed to satisfy constraint: Member must not be null");
}

}  // namespace

std::optional<Json> json_member(const Json& object, const char* name) {
  if (!object.is_object()) throw malformed("Unexpected value type in payload");
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return *found;
}

std::optional<std::string> text_member(const Json& object, const char* name) {
  const std::optional<Json> json = json_member(object, name);
  if (!json) return std::nullopt;
  return text_of(*json);
}

Json required_json(const Json& object, const char* name, const std::string& path) {
  std::optional<Json> json = json_member(object, name);
  if (!json) throw missing(name, path);
  return *std::move(json);
}

std::string required_text(const Json& object, const char* name, const std::string& path) {
  std::optional<std::string> text = text_member(object, name);
  if (!text) throw missing(name, path);
  return *std::move(text);
}

}  // namespace millrace::dynamodb
