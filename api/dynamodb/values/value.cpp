#include "api/dynamodb/values/value.h"

#include <algorithm>

namespace millrace::dynamodb {

namespace {

constexpr std::size_t kContainerBytes = 3, kMemberBytes = 1;

struct SizeOf {
  std::size_t operator()(const std::string& text) const { return text.size(); }
  std::size_t operator()(const Number& number) const { return number.size(); }
  std::size_t operator()(const Binary& binary) const { return binary.bytes.size(); }
  std::size_t operator()(bool) const { return 1; }
  std::size_t operator()(const Null&) const { return 1; }
  template <class T>
  std::size_t operator()(const SetOf<T>& set) const {
    std::size_t sum = 0;
    for (const T& member : set.members) sum += (*this)(member);
    return sum;
  }
  std::size_t operator()(const List& list) const {
    std::size_t sum = kContainerBytes;
    for (const Value& member : list) sum += kMemberBytes + size_of(member);
    return sum;
  }
  std::size_t operator()(const Item& map) const {
    return kContainerBytes + kMemberBytes * map.size() + size_of(map);
  }
};

}  // namespace

std::string_view name_of(Type type) {
  constexpr std::string_view kNames[] = {"S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"};
  return kNames[static_cast<std::size_t>(type)];
}

std::partial_ordering order(const Value& a, const Value& b) {
  if (a.type() != b.type()) return std::partial_ordering::unordered;
  // std::string compares its bytes as unsigned ones.
  if (const auto* text = a.as<std::string>()) return *text <=> *b.as<std::string>();
  if (const auto* number = a.as<Number>()) return *number <=> *b.as<Number>();
  if (const auto* binary = a.as<Binary>()) return *binary <=> *b.as<Binary>();
  return std::partial_ordering::unordered;
}

std::size_t size_of(const Value& value) { return std::visit(SizeOf(), value.data); }

std::size_t size_of(const Item& item) {
  std::size_t sum = 0;
  for (const auto& [name, value] : item) sum += name.size() + size_of(value);
  return sum;
}

bool nests_within(const Value& value, std::size_t levels) {
  const auto* list = value.as<List>();
  const auto* map = value.as<Item>();
  if (!list && !map) return true;
  if (levels == 0) return false;
  if (list)
    return std::all_of(list->begin(), list->end(),
                       [&](const Value& v) { return nests_within(v, levels - 1); });
  return std::all_of(map->begin(), map->end(),
                     [&](const auto& member) { return nests_within(member.second, levels - 1); });
}

}  // namespace millrace::dynamodb
