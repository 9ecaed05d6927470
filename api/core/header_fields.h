// Members of a REST request or answer that are several header fields at once: metadata, conditions, what is
// kept with an object. Which ones, the declaration says; their order is kept, and a field may come more than
// once.
//
//   constexpr std::array kKept{"Content-Type", "x-amz-meta-"};           // one with '-' at its end is a
//   prefix field("Headers", &PutObjectInput::headers, in_header, named(kKept))  // HeaderFields headers;
#pragma once

#include "api/core/message.h"
#include "api/core/shape.h"

namespace millrace {

using HeaderFields = std::vector<std::string>;  // "name:value"

template <std::size_t N>
constexpr KeysRule named(const std::array<const char*, N>& names) {
  return {Rules{.values = names}};
}
// Several arrays of names as one.
template <std::size_t... N>
constexpr auto joined(const std::array<const char*, N>&... names) {
  std::array<const char*, (N + ...)> out{};
  std::size_t at = 0;
  ((std::copy(names.begin(), names.end(), out.begin() + at), at += N), ...);
  return out;
}

// Whether the field holds header fields of several names, and that one.
[[nodiscard]] inline bool holds_headers(const FieldInfo& f) {
  return f.place == Place::header && f.kind == Kind::list;
}
[[nodiscard]] bool holds_header(const FieldInfo& f, std::string_view name);

[[nodiscard]] std::string header_field(std::string_view name, std::string_view value);
void add_header_field(Headers& headers, std::string_view field);
[[nodiscard]] Headers headers_of(const HeaderFields& fields);

}  // namespace millrace
