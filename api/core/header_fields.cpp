#include "api/core/header_fields.h"

#include <algorithm>

namespace millrace {

bool holds_header(const FieldInfo& f, std::string_view name) {
  const auto& names = f.key_rules.values;
  return std::any_of(names.begin(), names.end(), [&](std::string_view one) {
    return equals_ignoring_case(one.ends_with('-') ? name.substr(0, one.size()) : name, one);
  });
}

std::string header_field(std::string_view name, std::string_view value) {
  std::string out;
  out.reserve(name.size() + value.size() + 1);
  return out.append(name).append(":").append(value);
}

void add_header_field(Headers& headers, std::string_view field) {
  const std::size_t colon = std::min(field.find(':'), field.size());
  headers.add(std::string(field.substr(0, colon)),
              std::string(field.substr(std::min(colon + 1, field.size()))));
}

Headers headers_of(const HeaderFields& fields) {
  Headers out;
  for (const std::string& field : fields) add_header_field(out, field);
  return out;
}

}  // namespace millrace
