// From a checked JSON object to an operation's input, and from its output to JSON: the two directions of a
// Shape.
#pragma once

#include <optional>
#include <string_view>

#include "api/core/shape.h"

namespace millrace {

// What check_types let through is converted as AWS does: fractions are cut off, too large integers saturate.
void assign(int& out, const Json& v);
void assign(std::int64_t& out, const Json& v);
void assign(Time& out, const Json& v);

// `object` has the type that the shape describes. Members that the document leaves out keep their values.
void decode(AnyShape shape, void* object, const Json& document);
// An absent optional member is not written at all.
[[nodiscard]] OrderedJson encode(AnyShape shape, const void* object);

// The bytes of the member that is the whole body; nullptr when the shape has none.
[[nodiscard]] std::string* payload_of(AnyShape shape, void* object);

// The text of the member of that name; nullopt when the shape has none or the value leaves it out.
[[nodiscard]] std::optional<std::string_view> text_of(AnyShape shape, const void* object,
                                                      std::string_view name);

template <class T, class... P>
void decode(T& out, const Json& document, const Shape<T, P...>& shape) {
  decode(AnyShape(shape), &out, document);
}
template <class T, class... P>
[[nodiscard]] OrderedJson encode(const T& value, const Shape<T, P...>& shape) {
  return encode(AnyShape(shape), &value);
}

}  // namespace millrace
