// Members that several shapes have, declared once, of a base of their structures:
//
//   struct OnBucket { std::string bucket; };
//   constexpr auto kOnBucket = members(field("Bucket", &OnBucket::bucket, in_path), ...);
//   struct GetLocationInput : OnBucket {...};
//   constexpr auto kGetLocationInput = shape_of<GetLocationInput>(kOnBucket, field(...), ...);
#pragma once

#include <tuple>

#include "api/core/shape.h"

namespace millrace {

template <class... F>
struct Members {
  std::tuple<F...> fields;
};

namespace members_detail {

template <class Base, class M>
constexpr auto fields_of(const Field<Base, M>& field) {
  return std::tuple(field);
}
constexpr auto fields_of(const UnreadField& field) { return std::tuple(field); }
template <class... F>
constexpr auto fields_of(const Members<F...>& members) {
  return members.fields;
}

template <class T, class Base, class M>
constexpr Field<T, M> of_type(const Field<Base, M>& field) {
  return {field.info, field.pointer};
}
template <class T>
constexpr UnreadField of_type(const UnreadField& field) {
  return field;
}

}  // namespace members_detail

// Fields, and members declared elsewhere.
template <class... F>
constexpr auto members(const F&... fields) {
  const auto all = std::tuple_cat(members_detail::fields_of(fields)...);
  return std::apply([](const auto&... one) { return Members<std::decay_t<decltype(one)>...>{{one...}}; },
                    all);
}
template <class T, class... F>
constexpr auto shape_of(const F&... fields) {
  return std::apply([](const auto&... one) { return shape<T>(members_detail::of_type<T>(one)...); },
                    members(fields...).fields);
}

// A payload that is not held in memory as a whole: it passes the codecs by.
constexpr UnreadField streamed(const char* name) {
  return {{.name = name, .kind = Kind::blob, .element_kind = Kind::blob, .place = Place::payload}, {}};
}

}  // namespace millrace
