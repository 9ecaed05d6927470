// The types that the members of a shape may have, and what a codec does with a value of a type that it does
// not know: ask for its kind, walk it, make it. So the codecs are compiled once, not for each operation.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/clock.h"

namespace millrace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

// Bytes: base64 in JSON, a byte string in CBOR.
struct Blob {
  std::string bytes;
};

enum class Kind : std::uint8_t {
  string,
  boolean,
  integer,
  big_integer,  // 64 bits
  real,
  blob,
  timestamp,
  list,
  map,
  structure,
  document,
};

// A C++ type of a member. Of the functions, those of the type's form are set.
struct ValueType {
  enum class Form : std::uint8_t { plain, optional, list, map };

  Form form = Form::plain;
  Kind kind = Kind::structure;       // of a plain value
  bool ordered = false;              // a document that keeps its members' order
  const ValueType* inner = nullptr;  // of what an optional, a list or a map holds

  // optional: the value, nullptr if there is none; a new one.
  const void* (*held)(const void* optional) = nullptr;
  void* (*emplace)(void* optional) = nullptr;
  // list
  std::size_t (*size)(const void* list) = nullptr;
  const void* (*at)(const void* list, std::size_t index) = nullptr;
  void (*clear)(void* list, std::size_t expected) = nullptr;
  void* (*append)(void* list) = nullptr;
  // map: calls `use` for each entry, in order; the value of a key, made if there is none.
  using Use = void (*)(void* context, const std::string& key, const void* value);
  void (*each)(const void* map, Use use, void* context) = nullptr;
  void* (*entry)(void* map, const std::string& key) = nullptr;
};

namespace value_type_detail {

template <class T>
struct Of {
  static constexpr Kind kind = Kind::structure, element = Kind::structure;
  static constexpr ValueType type() { return {}; }
};
template <Kind K>
struct Plain {
  static constexpr Kind kind = K, element = K;
  static constexpr ValueType type() { return {.kind = K}; }
};
template <>
struct Of<std::string> : Plain<Kind::string> {};
template <>
struct Of<bool> : Plain<Kind::boolean> {};
template <>
struct Of<int> : Plain<Kind::integer> {};
template <>
struct Of<std::int64_t> : Plain<Kind::big_integer> {};
template <>
struct Of<double> : Plain<Kind::real> {};
template <>
struct Of<Blob> : Plain<Kind::blob> {};
template <>
struct Of<Time> : Plain<Kind::timestamp> {};
template <>
struct Of<Json> : Plain<Kind::document> {};
template <>
struct Of<OrderedJson> : Plain<Kind::document> {
  static constexpr ValueType type() { return {.kind = Kind::document, .ordered = true}; }
};

}  // namespace value_type_detail

template <class T>
inline constexpr ValueType kValueType = value_type_detail::Of<T>::type();

namespace value_type_detail {

template <class T>
struct Of<std::optional<T>> {
  static constexpr Kind kind = Of<T>::kind, element = Of<T>::element;
  static const void* held(const void* optional) {
    const auto& value = *static_cast<const std::optional<T>*>(optional);
    return value ? &*value : nullptr;
  }
  static void* emplace(void* optional) { return &static_cast<std::optional<T>*>(optional)->emplace(); }
  static constexpr ValueType type() {
    return {.form = ValueType::Form::optional, .inner = &kValueType<T>, .held = held, .emplace = emplace};
  }
};

template <class T>
struct Of<std::vector<T>> {
  static constexpr Kind kind = Kind::list, element = Of<T>::kind;
  using List = std::vector<T>;
  static std::size_t size(const void* list) { return static_cast<const List*>(list)->size(); }
  static const void* at(const void* list, std::size_t index) {
    return &(*static_cast<const List*>(list))[index];
  }
  static void clear(void* list, std::size_t expected) {
    static_cast<List*>(list)->clear();
    static_cast<List*>(list)->reserve(expected);
  }
  static void* append(void* list) { return &static_cast<List*>(list)->emplace_back(); }
  static constexpr ValueType type() {
    return {.form = ValueType::Form::list,
            .inner = &kValueType<T>,
            .size = size,
            .at = at,
            .clear = clear,
            .append = append};
  }
};

template <class T>
struct Of<std::map<std::string, T>> {
  static constexpr Kind kind = Kind::map, element = Of<T>::kind;
  using Map = std::map<std::string, T>;
  static void each(const void* map, ValueType::Use use, void* context) {
    for (const auto& [key, value] : *static_cast<const Map*>(map)) use(context, key, &value);
  }
  static void* entry(void* map, const std::string& key) { return &(*static_cast<Map*>(map))[key]; }
  static constexpr ValueType type() {
    return {.form = ValueType::Form::map, .inner = &kValueType<T>, .each = each, .entry = entry};
  }
};

}  // namespace value_type_detail

template <class M>
inline constexpr Kind kKind = value_type_detail::Of<M>::kind;
template <class M>
inline constexpr Kind kElementKind = value_type_detail::Of<M>::element;

}  // namespace millrace
