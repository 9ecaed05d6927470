#include "api/core/codec.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "api/core/base64.h"

namespace millrace {

namespace {

template <class T>
T saturated(const Json& v) {
  using Limits = std::numeric_limits<T>;
  if (v.is_number_unsigned())
    return static_cast<T>(
        std::min<std::uint64_t>(v.get<std::uint64_t>(), static_cast<std::uint64_t>(Limits::max())));
  if (v.is_number_integer())
    return static_cast<T>(std::clamp<std::int64_t>(v.get<std::int64_t>(), Limits::min(), Limits::max()));
  const double d = v.get<double>();
  if (d >= static_cast<double>(Limits::max())) return Limits::max();
  if (d <= static_cast<double>(Limits::min())) return Limits::min();
  return static_cast<T>(d);
}

void assign_blob(Blob& out, const Json& v) {
  if (v.is_binary())
    out.bytes.assign(v.get_binary().begin(), v.get_binary().end());
  else
    out.bytes = base64_decode(v.get_ref<const std::string&>()).value_or("");
}

template <class T>
T& as(void* value) {
  return *static_cast<T*>(value);
}
template <class T>
const T& as(const void* value) {
  return *static_cast<const T*>(value);
}

void decode_plain(const FieldInfo& f, const ValueType& type, void* value, const Json& v) {
  switch (type.kind) {
    case Kind::string:
      as<std::string>(value) = v.get_ref<const std::string&>();
      return;
    case Kind::boolean:
      as<bool>(value) = v.get<bool>();
      return;
    case Kind::integer:
      return assign(as<int>(value), v);
    case Kind::big_integer:
      return assign(as<std::int64_t>(value), v);
    case Kind::real:
      as<double>(value) = v.get<double>();
      return;
    case Kind::blob:
      return assign_blob(as<Blob>(value), v);
    case Kind::timestamp:
      return assign(as<Time>(value), v);
    case Kind::document:
      if (type.ordered)
        as<OrderedJson>(value) = v;
      else
        as<Json>(value) = v;
      return;
    default:
      return decode(f.nested(), value, v);
  }
}

void decode_value(const FieldInfo& f, const ValueType& type, void* value, const Json& v) {
  switch (type.form) {
    case ValueType::Form::plain:
      return decode_plain(f, type, value, v);
    case ValueType::Form::optional:
      return decode_value(f, *type.inner, type.emplace(value), v);
    case ValueType::Form::list:
      type.clear(value, v.size());  // of a default
      for (const Json& e : v) {
        void* const element = type.append(value);
        if (!e.is_null()) decode_value(f, *type.inner, element, e);
      }
      return;
    case ValueType::Form::map:
      for (const auto& [key, e] : v.items())
        if (!e.is_null()) decode_value(f, *type.inner, type.entry(value, key), e);
      return;
  }
}

OrderedJson encode_plain(const FieldInfo& f, const ValueType& type, const void* value) {
  switch (type.kind) {
    case Kind::string:
      return as<std::string>(value);
    case Kind::boolean:
      return as<bool>(value);
    case Kind::integer:
      return as<int>(value);
    case Kind::big_integer:
      return as<std::int64_t>(value);
    case Kind::real:
      return as<double>(value);
    case Kind::blob:
      return base64_encode(as<Blob>(value).bytes);
    case Kind::timestamp:  // seconds since the epoch, milliseconds as fraction
      return static_cast<double>(as<Time>(value).time_since_epoch().count()) / 1000;
    case Kind::document:
      if (type.ordered) return as<OrderedJson>(value);
      return as<Json>(value);
    default:
      return encode(f.nested(), value);
  }
}

OrderedJson encode_value(const FieldInfo& f, const ValueType& type, const void* value) {
  switch (type.form) {
    case ValueType::Form::optional: {
      const void* const held = type.held(value);
      return held ? encode_value(f, *type.inner, held) : OrderedJson();
    }
    case ValueType::Form::list: {
      OrderedJson out = OrderedJson::array();
      const std::size_t size = type.size(value);
      for (std::size_t i = 0; i < size; ++i) out.push_back(encode_value(f, *type.inner, type.at(value, i)));
      return out;
    }
    case ValueType::Form::map: {
      struct Entries {
        const FieldInfo& f;
        const ValueType& type;
        OrderedJson out;
      } entries{f, *type.inner, OrderedJson::object()};
      type.each(
          value,
          [](void* context, const std::string& key, const void* entry) {
            auto& to = *static_cast<Entries*>(context);
            to.out[key] = encode_value(to.f, to.type, entry);
          },
          &entries);
      return std::move(entries.out);
    }
    default:
      return encode_plain(f, type, value);
  }
}

// What is left of a path behind the member: "Key" in a structure, "0.Key" in a list, "" at a text.
std::optional<std::string_view> text_at(const FieldInfo& f, const ValueType& type, const void* value,
                                        std::string_view path) {
  switch (type.form) {
    case ValueType::Form::optional: {
      const void* const held = type.held(value);
      return held ? text_at(f, *type.inner, held, path) : std::nullopt;
    }
    case ValueType::Form::list: {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), index);
      if (error != std::errc() || index >= type.size(value)) return std::nullopt;
      path.remove_prefix(static_cast<std::size_t>(end - path.data()));
      return text_at(f, *type.inner, type.at(value, index), path.substr(path.starts_with('.') ? 1 : 0));
    }
    case ValueType::Form::plain:
      if (type.kind == Kind::structure) return text_of(f.nested(), value, path);
      if (type.kind == Kind::string && path.empty()) return as<std::string>(value);
      if (type.kind == Kind::blob && path.empty()) return as<Blob>(value).bytes;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

void assign(int& out, const Json& v) { out = saturated<int>(v); }
void assign(std::int64_t& out, const Json& v) { out = saturated<std::int64_t>(v); }
void assign(Time& out, const Json& v) {
  // Beyond the year 9999 nothing is a time; the clamp keeps the conversion to milliseconds defined.
  const double ms = std::clamp(std::round(v.get<double>() * 1000), -6.3e13, 2.6e14);
  out = Time(std::chrono::milliseconds(static_cast<std::int64_t>(ms)));
}

void decode(AnyShape shape, void* object, const Json& document) {
  std::size_t i = 0;
  for (const FieldInfo& f : shape) {
    void* const member = shape.member(object, i++);
    if (!member) continue;
    const auto it = document.find(f.name);
    if (it != document.end() && !it->is_null()) decode_value(f, *f.type, member, *it);
  }
}

OrderedJson encode(AnyShape shape, const void* object) {
  OrderedJson out = OrderedJson::object();
  std::size_t i = 0;
  for (const FieldInfo& f : shape) {
    const void* member = shape.member(object, i++);
    const ValueType* type = f.type;
    while (member && type->form == ValueType::Form::optional) {
      member = type->held(member);
      type = type->inner;
    }
    if (member) out[f.name] = encode_value(f, *type, member);
  }
  return out;
}

std::string* payload_of(AnyShape shape, void* object) {
  std::size_t i = 0;
  for (const FieldInfo& f : shape) {
    void* const member = shape.member(object, i++);
    if (member && f.place == Place::payload && f.type->kind == Kind::blob) return &as<Blob>(member).bytes;
  }
  return nullptr;
}

std::optional<std::string_view> text_of(AnyShape shape, const void* object, std::string_view name) {
  const std::string_view first = name.substr(0, name.find('.'));
  std::size_t i = 0;
  for (const FieldInfo& f : shape) {
    const void* const member = shape.member(object, i++);
    if (member && f.name == first)
      return text_at(f, *f.type, member, name.substr(std::min(first.size() + 1, name.size())));
  }
  return std::nullopt;
}

}  // namespace millrace
