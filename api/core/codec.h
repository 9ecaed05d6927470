// From a checked JSON object to an operation's input, and from its output to JSON: the two directions of a
// Shape.
#pragma once

#include "api/core/base64.h"
#include "api/core/shape.h"

namespace millrace {

// What check_types let through is converted as AWS does: fractions are cut off, too large integers saturate.
void assign(std::string& out, const Json& v);
void assign(bool& out, const Json& v);
void assign(int& out, const Json& v);
void assign(std::int64_t& out, const Json& v);
void assign(double& out, const Json& v);
void assign(Blob& out, const Json& v);
void assign(Time& out, const Json& v);
inline void assign(Json& out, const Json& v) { out = v; }
inline void assign(OrderedJson& out, const Json& v) { out = v; }

[[nodiscard]] OrderedJson to_json(Time t);  // seconds since the epoch, milliseconds as fraction
[[nodiscard]] inline OrderedJson to_json(const Blob& b) { return base64_encode(b.bytes); }
template <class T>
[[nodiscard]] OrderedJson to_json(const T& v) {
  return v;
}

template <class T, class... M>
void decode(T& out, const Json& object, const Shape<T, M...>& shape);
template <class T, class... M>
[[nodiscard]] OrderedJson encode(const T& value, const Shape<T, M...>& shape);

namespace codec_detail {

// Declared before use, so that an optional may hold a list or a map.
template <class T, class N>
void assign_value(std::vector<T>& out, const Json& v, const N& nested);
template <class T, class N>
void assign_value(std::map<std::string, T>& out, const Json& v, const N& nested);

template <class T, class N>
void assign_value(T& out, const Json& v, const N& nested) {
  if constexpr (std::is_same_v<N, NoShape>) {
    assign(out, v);
  } else {
    decode(out, v, nested);
  }
}
template <class T, class N>
void assign_value(std::optional<T>& out, const Json& v, const N& nested) {
  assign_value(out.emplace(), v, nested);
}
template <class T, class N>
void assign_value(std::vector<T>& out, const Json& v, const N& nested) {
  out.clear();  // a default
  out.reserve(v.size());
  for (const Json& e : v) {
    out.emplace_back();
    if (!e.is_null()) assign_value(out.back(), e, nested);
  }
}
template <class T, class N>
void assign_value(std::map<std::string, T>& out, const Json& v, const N& nested) {
  for (const auto& [key, e] : v.items())
    if (!e.is_null()) assign_value(out[key], e, nested);
}

template <class T, class N>
OrderedJson value_of(const T& v, const N& nested) {
  if constexpr (std::is_same_v<N, NoShape>) {
    return to_json(v);
  } else {
    return encode(v, nested);
  }
}
template <class T, class N>
OrderedJson value_of(const std::vector<T>& v, const N& nested) {
  OrderedJson out = OrderedJson::array();
  for (const T& e : v) out.push_back(value_of(e, nested));
  return out;
}
template <class T, class N>
OrderedJson value_of(const std::map<std::string, T>& v, const N& nested) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [key, e] : v) out[key] = value_of(e, nested);
  return out;
}

template <class T, class N>
void emit(OrderedJson& out, const char* name, const T& v, const N& nested) {
  out[name] = value_of(v, nested);
}
// An absent member is not written at all.
template <class T, class N>
void emit(OrderedJson& out, const char* name, const std::optional<T>& v, const N& nested) {
  if (v) emit(out, name, *v, nested);
}

template <class T>
std::optional<std::string_view> text_in(const T&) {
  return std::nullopt;
}
inline std::optional<std::string_view> text_in(const std::string& member) { return member; }
inline std::optional<std::string_view> text_in(const std::optional<std::string>& member) { return member; }

template <class T>
void find_payload(std::string*&, Place, T&) {}
inline void find_payload(std::string*& found, Place place, Blob& member) {
  if (place == Place::payload) found = &member.bytes;
}

}  // namespace codec_detail

// The bytes of the member that is the whole body; nullptr when the shape has none.
template <class T, class... M>
[[nodiscard]] std::string* payload_of(T& value, const Shape<T, M...>& shape) {
  std::string* found = nullptr;
  std::size_t i = 0;
  std::apply(
      [&](const auto&... member) {
        (codec_detail::find_payload(found, shape.fields[i++].place, value.*member.pointer), ...);
      },
      shape.members);
  return found;
}

// The text of the member of that name; nullopt when the shape has none or the value leaves it out.
template <class T, class... M>
[[nodiscard]] std::optional<std::string_view> text_of(const T& value, const Shape<T, M...>& shape,
                                                      std::string_view name) {
  std::optional<std::string_view> found;
  std::size_t i = 0;
  std::apply(
      [&](const auto&... member) {
        const auto one = [&](const auto& m) {
          if (shape.fields[i++].name == name) found = codec_detail::text_in(value.*m.pointer);
        };
        (one(member), ...);
      },
      shape.members);
  return found;
}

template <class T, class... M>
void decode(T& out, const Json& object, const Shape<T, M...>& shape) {
  std::size_t i = 0;
  std::apply(
      [&](const auto&... member) {
        const auto one = [&](const auto& m) {
          const auto it = object.find(shape.fields[i++].name);
          if (it != object.end() && !it->is_null())
            codec_detail::assign_value(out.*m.pointer, *it, *m.nested);
        };
        (one(member), ...);
      },
      shape.members);
}

template <class T, class... M>
OrderedJson encode(const T& value, const Shape<T, M...>& shape) {
  OrderedJson out = OrderedJson::object();
  std::size_t i = 0;
  std::apply(
      [&](const auto&... member) {
        (codec_detail::emit(out, shape.fields[i++].name, value.*member.pointer, *member.nested), ...);
      },
      shape.members);
  return out;
}

}  // namespace millrace
