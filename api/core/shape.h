// A structure of a protocol, declared once: names, types, constraints and where each member stands in a REST
// request. Decoding, validation and AWS's own messages follow from the declaration.
//
//   constexpr auto kPutRecordInput = shape<PutRecordInput>(          // the order is the order of the
//   messages
//       field("StreamName", &PutRecordInput::name, kStreamName),
//       field("Tags", &PutRecordInput::tags, length(1, 200), keys(length(1, 128)), each(length(0, 256))),
//       field("Records", &PutRecordInput::records, required, length(1, 500), kEntry));   // a nested shape
//
// The type of the member says the type on the wire: std::string, bool, int, std::int64_t, double, Blob, Time,
// nlohmann::json (any document), std::optional, std::vector and std::map<std::string, ...> of those, or a
// struct with a shape of its own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
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

enum class Place : std::uint8_t { body, query, path, header, payload, status };

struct Rules {
  bool required = false;
  std::optional<std::int64_t> min_length, max_length, min, max;
  const char* pattern = nullptr;
  std::array<const char*, 16> values{};  // of an enum; ends at the first nullptr
};

// What is known of a member without its C++ type; the two checks walk these.
struct FieldInfo {
  const char* name;
  Kind kind = Kind::string;
  Kind element_kind = Kind::string;  // of a list's members and a map's values
  Rules rules, element_rules, key_rules;
  const FieldInfo* nested = nullptr;  // of a structure, or of the structures in a list or map
  std::size_t nested_size = 0;
  Place place = Place::body;
  const char* message_name = nullptr;  // what AWS's messages call it, where that is not its name on the wire
};

using Fields = std::span<const FieldInfo>;

namespace shape_detail {

template <class T>
struct KindOf {
  static constexpr Kind kind = Kind::structure, element = Kind::structure;
  using Inner = T;
};
template <Kind K, class T>
struct Scalar {
  static constexpr Kind kind = K, element = K;
  using Inner = T;
};
template <>
struct KindOf<std::string> : Scalar<Kind::string, std::string> {};
template <>
struct KindOf<bool> : Scalar<Kind::boolean, bool> {};
template <>
struct KindOf<int> : Scalar<Kind::integer, int> {};
template <>
struct KindOf<std::int64_t> : Scalar<Kind::big_integer, std::int64_t> {};
template <>
struct KindOf<double> : Scalar<Kind::real, double> {};
template <>
struct KindOf<Blob> : Scalar<Kind::blob, Blob> {};
template <>
struct KindOf<Time> : Scalar<Kind::timestamp, Time> {};
template <>
struct KindOf<Json> : Scalar<Kind::document, Json> {};
template <>
struct KindOf<OrderedJson> : Scalar<Kind::document, OrderedJson> {};
template <class T>
struct KindOf<std::optional<T>> : KindOf<T> {};
template <class T>
struct KindOf<std::vector<T>> {
  static constexpr Kind kind = Kind::list, element = KindOf<T>::kind;
  using Inner = T;
};
template <class T>
struct KindOf<std::map<std::string, T>> {
  static constexpr Kind kind = Kind::map, element = KindOf<T>::kind;
  using Inner = T;
};

}  // namespace shape_detail

// ---- Rules, given to field() ----

struct RequiredRule {};
inline constexpr RequiredRule required;
struct LengthRule {
  std::int64_t min, max;
};
// Of a string in characters, of a blob in bytes, of a list or map in members.
constexpr LengthRule length(std::int64_t min, std::int64_t max) { return {min, max}; }
struct RangeRule {
  std::int64_t min, max;
};
constexpr RangeRule range(std::int64_t min, std::int64_t max) { return {min, max}; }
struct PatternRule {
  const char* text;
};
// The whole value must match.
constexpr PatternRule pattern(const char* text) { return {text}; }
template <class... T>
constexpr Rules one_of(T... values) {
  Rules r;
  r.values = {values...};
  return r;
}

constexpr void add_rule(Rules& r, RequiredRule) { r.required = true; }
constexpr void add_rule(Rules& r, LengthRule l) { r.min_length = l.min, r.max_length = l.max; }
constexpr void add_rule(Rules& r, RangeRule l) { r.min = l.min, r.max = l.max; }
constexpr void add_rule(Rules& r, PatternRule p) { r.pattern = p.text; }
constexpr void add_rule(Rules& r, const Rules& more) {
  if (more.required) r.required = true;
  if (more.min_length) r.min_length = more.min_length;
  if (more.max_length) r.max_length = more.max_length;
  if (more.min) r.min = more.min;
  if (more.max) r.max = more.max;
  if (more.pattern) r.pattern = more.pattern;
  if (more.values[0]) r.values = more.values;
}

// Several rules under one name.
template <class... R>
constexpr Rules rules(const R&... rule) {
  Rules all;
  (add_rule(all, rule), ...);
  return all;
}
struct EachRule {
  Rules rules;
};
// For the members of a list and the values of a map.
template <class... R>
constexpr EachRule each(const R&... rule) {
  return {rules(rule...)};
}
struct KeysRule {
  Rules rules;
};
template <class... R>
constexpr KeysRule keys(const R&... rule) {
  return {rules(rule...)};
}
struct CalledRule {
  const char* name;
};
// For members of a REST request whose name on the wire is not the member's: a header field, a short path
// part.
constexpr CalledRule called(const char* name) { return {name}; }
// A payload member is a Blob, the whole body as it is; rules of its own are not checked.
inline constexpr Place in_query = Place::query, in_path = Place::path, in_header = Place::header,
                       in_payload = Place::payload, in_status = Place::status;

// ---- Shapes ----

struct NoShape {};

template <class T, class... Members>
struct Shape {
  using Type = T;
  std::array<FieldInfo, sizeof...(Members)> fields;
  std::tuple<Members...> members;
};

template <class T, class M, class Nested>
struct Member {
  M T::*pointer;
  const Nested* nested;  // NoShape where the member holds no structure
};

template <class T, class M, class Nested>
struct Field {
  FieldInfo info;
  Member<T, M, Nested> member;
};

namespace shape_detail {

inline constexpr NoShape kNoShape;

template <class R>
struct IsShape : std::false_type {};
template <class T, class... M>
struct IsShape<Shape<T, M...>> : std::true_type {};

constexpr void apply(FieldInfo& f, const EachRule& r) { add_rule(f.element_rules, r.rules); }
constexpr void apply(FieldInfo& f, const KeysRule& r) { add_rule(f.key_rules, r.rules); }
constexpr void apply(FieldInfo& f, Place p) { f.place = p; }
constexpr void apply(FieldInfo& f, CalledRule r) { f.message_name = r.name; }
template <class T, class... M>
constexpr void apply(FieldInfo& f, const Shape<T, M...>& nested) {
  f.nested = nested.fields.data();
  f.nested_size = nested.fields.size();
}
template <class R>
constexpr auto apply(FieldInfo& f, const R& r) -> decltype(add_rule(f.rules, r)) {
  add_rule(f.rules, r);
}

constexpr const NoShape* nested_of() { return &kNoShape; }
template <class R, class... Rest>
constexpr auto nested_of(const R& first, const Rest&... rest) {
  if constexpr (IsShape<R>::value) {
    return &first;
  } else {
    return nested_of(rest...);
  }
}

}  // namespace shape_detail

template <class T, class M, class... R>
constexpr auto field(const char* name, M T::*pointer, const R&... rule) {
  using KindOf = shape_detail::KindOf<M>;
  FieldInfo info{.name = name, .kind = KindOf::kind, .element_kind = KindOf::element};
  (shape_detail::apply(info, rule), ...);
  using Nested = std::remove_cvref_t<decltype(*shape_detail::nested_of(rule...))>;
  static_assert(!std::is_same_v<Nested, NoShape> || KindOf::element != Kind::structure,
                "a structure needs its shape among the rules");
  return Field<T, M, Nested>{info, {pointer, shape_detail::nested_of(rule...)}};
}

template <class T, class... M, class... N>
constexpr auto shape(const Field<T, M, N>&... fields) {
  return Shape<T, Member<T, M, N>...>{{fields.info...}, {fields.member...}};
}
// A structure without members.
template <class T>
constexpr auto shape() {
  return Shape<T>{};
}

}  // namespace millrace
