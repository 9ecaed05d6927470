// A structure of a protocol, declared once: names, types, constraints and where each member stands in a REST
// request. Decoding, validation and AWS's own messages follow from the declaration.
//
//   constexpr auto kPutRecordInput = shape<PutRecordInput>(          // the order is the order of the
//   messages
//       field("StreamName", &PutRecordInput::name, kStreamName),
//       field("Tags", &PutRecordInput::tags, length(1, 200), keys(length(1, 128)), each(length(0, 256))),
//       field("Records", &PutRecordInput::records, required, length(1, 500), kEntry));   // a nested shape
//
// A member of AWS's model that an operation does without is declared too, and says what becomes of it:
//       ignored<std::string>("StreamId", "reserved for future use by AWS", kStreamId),
//       refused("FileSystemConfigs", "functions have no network file systems"),
//
// The type of the member says the type on the wire: std::string, bool, int, std::int64_t, double, Blob, Time,
// nlohmann::json (any document), std::optional, std::vector and std::map<std::string, ...> of those, or a
// struct with a shape of its own. A structure that holds itself names its shape by a function:
//       field("M", &AttributeValue::map, shaped_by(attribute_value)),   // AnyShape attribute_value();
// and one of which exactly one member is set is declared with union_of<T>(...) instead of shape<T>(...).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "api/core/value_type.h"

namespace millrace {

enum class Place : std::uint8_t { body, query, path, header, payload, status };

// How a time stands in a text. `usual` is the protocol's: ISO 8601 in XML, RFC 9110's in headers.
enum class TimeForm : std::uint8_t { usual, iso8601, iso8601_millis, http_date, epoch };

// How a member stands in XML, where it does not follow from its name.
struct XmlForm {
  const char* name = nullptr;      // of its element
  const char* members = "member";  // of a list's elements
  bool flattened = false;          // a list or map without an element around it
  bool attribute = false;          // of the structure's element
  const char* key = "key";         // of a map's entries
  const char* value = "value";
};

struct Rules {
  bool required = false;
  std::optional<std::int64_t> min_length, max_length, min, max;
  const char* pattern = nullptr;
  std::span<const char* const> values;  // of an enum
};

struct FieldInfo;
using Fields = std::span<const FieldInfo>;

// A shape without its C++ type. Refers to the Shape, which is a constant of namespace scope.
class AnyShape {
 public:
  constexpr AnyShape() = default;
  template <class S>
    requires requires { typename S::Type; }
  constexpr AnyShape(const S& shape)
      : first_(shape.fields.data()),
        size_(shape.fields.size()),
        members_(&shape.members),
        member_(shape.members.finder()),
        union_name_(shape.union_name) {}

  [[nodiscard]] constexpr Fields fields() const;
  constexpr operator Fields() const;
  [[nodiscard]] constexpr const FieldInfo* begin() const { return first_; }
  [[nodiscard]] constexpr const FieldInfo* end() const;
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  // The member of the structure that the field at `index` describes; nullptr: the structure leaves it out.
  [[nodiscard]] const void* member(const void* object, std::size_t index) const {
    return member_(members_, object, index);
  }
  [[nodiscard]] void* member(void* object, std::size_t index) const {
    return const_cast<void*>(member_(members_, object, index));
  }
  // What AWS's messages call the union; nullptr: it is a structure.
  [[nodiscard]] constexpr const char* union_name() const { return union_name_; }
  [[nodiscard]] constexpr explicit operator bool() const { return member_ != nullptr; }

 private:
  const FieldInfo* first_ = nullptr;
  std::size_t size_ = 0;
  const void* members_ = nullptr;
  const void* (*member_)(const void* members, const void* object, std::size_t index) = nullptr;
  const char* union_name_ = nullptr;
};

// What is known of a member without its C++ type; the checks and the codecs walk these.
struct FieldInfo {
  const char* name;
  Kind kind = Kind::string;
  Kind element_kind = Kind::string;  // of a list's members and a map's values
  Rules rules, element_rules, key_rules;
  const ValueType* type = nullptr;  // of the C++ member
  AnyShape shape;                   // of a structure, or of the structures in a list or map
  AnyShape (*shape_by)() = nullptr;
  Place place = Place::body;
  TimeForm time = TimeForm::usual;
  XmlForm xml{};
  const char* message_name = nullptr;  // what AWS's messages call it, where that is not its name on the wire
  const char* ignored = nullptr;       // checked, then left out: why that is harmless
  const char* refused = nullptr;       // no request may have it: why

  [[nodiscard]] AnyShape nested() const { return shape_by ? shape_by() : shape; }
  // Of the member's element.
  [[nodiscard]] constexpr const char* xml_name() const { return xml.name ? xml.name : name; }
};

constexpr Fields AnyShape::fields() const { return {first_, size_}; }
constexpr AnyShape::operator Fields() const { return fields(); }
constexpr const FieldInfo* AnyShape::end() const { return first_ + size_; }

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
// A text that may be a template's argument, and so outlives the declaration that it stands in.
template <std::size_t N>
struct FixedText {
  char text[N];
  constexpr FixedText(const char (&from)[N]) { std::copy_n(from, N, text); }
};
template <FixedText... Values>
inline constexpr std::array<const char*, sizeof...(Values)> kValuesOf{Values.text...};
// One of these texts: one_of<"TRIM_HORIZON", "LATEST">.
template <FixedText... Values>
inline constexpr Rules one_of{.values = kValuesOf<Values...>};

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
  if (!more.values.empty()) r.values = more.values;
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
struct XmlNameRule {
  const char* name;
};
// The name in XML and in query, where that is not the name in JSON.
constexpr XmlNameRule in_xml(const char* name) { return {name}; }
struct MembersCalledRule {
  const char* name;
};
// What the elements of a list are called, where that is not "member".
constexpr MembersCalledRule members_called(const char* name) { return {name}; }
struct FlattenedRule {};
inline constexpr FlattenedRule flattened;
struct XmlAttributeRule {};
inline constexpr XmlAttributeRule xml_attribute;
struct ShapedByRule {
  AnyShape (*shape)();
};
// For a structure whose shape is not declared yet, since it holds itself.
constexpr ShapedByRule shaped_by(AnyShape (*shape)()) { return {shape}; }
// A payload member is a Blob, the whole body as it is; rules of its own are not checked.
inline constexpr Place in_query = Place::query, in_path = Place::path, in_header = Place::header,
                       in_payload = Place::payload, in_status = Place::status;

// ---- Shapes ----

template <class T, class M>
struct Field {
  FieldInfo info;
  M T::*pointer;
};

// A member that the C++ structure leaves out.
struct NoMember {};
struct UnreadField {
  FieldInfo info;
  NoMember pointer;
};

namespace shape_detail {

template <std::size_t I, class P>
struct MemberAt {
  P pointer;
};

template <class T>
constexpr const void* address_of(const T&, NoMember) {
  return nullptr;
}
template <class T, class M>
constexpr const void* address_of(const T& object, M T::*pointer) {
  return &(object.*pointer);
}

template <class T, class Indices, class... P>
struct Members;
template <class T, std::size_t... I, class... P>
struct Members<T, std::index_sequence<I...>, P...> : MemberAt<I, P>... {
  constexpr explicit Members(P... pointers) : MemberAt<I, P>{pointers}... {}
  // Finds a member by its place in the list.
  static const void* find(const void* members, const void* object, std::size_t index) {
    const auto& all = *static_cast<const Members*>(members);
    const void* found = nullptr;
    ((I == index ? void(found = address_of(*static_cast<const T*>(object),
                                           static_cast<const MemberAt<I, P>&>(all).pointer))
                 : void()),
     ...);
    return found;
  }
  [[nodiscard]] constexpr auto finder() const { return &Members::find; }
};

}  // namespace shape_detail

template <class T, class... P>
struct Shape {
  using Type = T;
  std::array<FieldInfo, sizeof...(P)> fields;
  shape_detail::Members<T, std::index_sequence_for<P...>, P...> members;
  const char* union_name = nullptr;
};

namespace shape_detail {

template <class R>
struct IsShape : std::false_type {};
template <class T, class... P>
struct IsShape<Shape<T, P...>> : std::true_type {};
template <>
struct IsShape<ShapedByRule> : std::true_type {};

constexpr void apply(FieldInfo& f, const EachRule& r) { add_rule(f.element_rules, r.rules); }
constexpr void apply(FieldInfo& f, const KeysRule& r) { add_rule(f.key_rules, r.rules); }
constexpr void apply(FieldInfo& f, Place p) { f.place = p; }
constexpr void apply(FieldInfo& f, CalledRule r) { f.message_name = r.name; }
constexpr void apply(FieldInfo& f, ShapedByRule r) { f.shape_by = r.shape; }
constexpr void apply(FieldInfo& f, TimeForm form) { f.time = form; }
constexpr void apply(FieldInfo& f, XmlNameRule r) { f.xml.name = r.name; }
constexpr void apply(FieldInfo& f, MembersCalledRule r) { f.xml.members = r.name; }
constexpr void apply(FieldInfo& f, FlattenedRule) { f.xml.flattened = true; }
constexpr void apply(FieldInfo& f, XmlAttributeRule) { f.xml.attribute = true; }
template <class T, class... P>
constexpr void apply(FieldInfo& f, const Shape<T, P...>& nested) {
  f.shape = nested;
}
template <class R>
constexpr auto apply(FieldInfo& f, const R& r) -> decltype(add_rule(f.rules, r)) {
  add_rule(f.rules, r);
}

template <class M>
constexpr FieldInfo info_of(const char* name) {
  return {.name = name, .kind = kKind<M>, .element_kind = kElementKind<M>};
}

}  // namespace shape_detail

template <class T, class M, class... R>
constexpr auto field(const char* name, M T::*pointer, const R&... rule) {
  static_assert(kElementKind<M> != Kind::structure || (shape_detail::IsShape<R>::value || ...),
                "a structure needs its shape among the rules");
  FieldInfo info = shape_detail::info_of<M>(name);
  info.type = &kValueType<M>;
  (shape_detail::apply(info, rule), ...);
  return Field<T, M>{info, pointer};
}

// A member that is checked as its type (Json: any document) and its rules say, and then ignored. `why` says
// why a caller loses nothing by it.
template <class M, class... R>
constexpr UnreadField ignored(const char* name, const char* why, const R&... rule) {
  static_assert(kElementKind<M> != Kind::structure, "a structure is ignored as Json");
  FieldInfo info = shape_detail::info_of<M>(name);
  (shape_detail::apply(info, rule), ...);
  info.ignored = why;
  return {info, {}};
}

// A member with which a request is a ValidationException that says `why`; false and what is empty pass.
template <class... R>
constexpr UnreadField refused(const char* name, const char* why, const R&... rule) {
  FieldInfo info = shape_detail::info_of<Json>(name);
  (shape_detail::apply(info, rule), ...);
  info.refused = why;
  return {info, {}};
}

template <class T, class... F>
constexpr auto shape(const F&... fields) {
  using Result = Shape<T, decltype(fields.pointer)...>;
  return Result{{fields.info...}, decltype(Result::members)(fields.pointer...)};
}

// Exactly one member is set. `name`: of the union in AWS's messages.
template <class T, class... F>
constexpr auto union_of(const char* name, const F&... fields) {
  auto result = shape<T>(fields...);
  result.union_name = name;
  return result;
}

}  // namespace millrace
