// The value of an attribute: one of DynamoDB's ten types. An item is a map of them.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/dynamodb/values/number.h"

namespace millrace::dynamodb {

struct Value;
using Item = std::map<std::string, Value, std::less<>>;

struct Binary {
  std::string bytes;
  friend auto operator<=>(const Binary&, const Binary&) = default;
};
struct Null {
  friend bool operator==(const Null&, const Null&) = default;
};
using List = std::vector<Value>;

// Never empty, sorted, without duplicates.
template <class T>
struct SetOf {
  std::vector<T> members;
  friend bool operator==(const SetOf&, const SetOf&) = default;
};

// The order of Value's alternatives. Never renumbered: rows contain it.
enum class Type : std::uint8_t {
  S = 0,
  N = 1,
  B = 2,
  SS = 3,
  NS = 4,
  BS = 5,
  L = 6,
  M = 7,
  BOOL = 8,
  NUL = 9
};

struct Value {
  std::variant<std::string, Number, Binary, SetOf<std::string>, SetOf<Number>, SetOf<Binary>, List, Item,
               bool, Null>
      data;

  [[nodiscard]] Type type() const { return static_cast<Type>(data.index()); }
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
  template <class T>
  [[nodiscard]] T* as() {
    return std::get_if<T>(&data);
  }
  // The same type and the same value; sets and maps without regard to order, numbers by their value.
  friend bool operator==(const Value& a, const Value& b) { return a.data == b.data; }
};

// "S", "NULL".
[[nodiscard]] std::string_view name_of(Type type);

// Of two values of the same type S, N or B; unordered for all others.
[[nodiscard]] std::partial_ordering order(const Value& a, const Value& b);

// In bytes, as AWS counts them. Source: DynamoDB Developer Guide, "Item sizes and formats".
[[nodiscard]] std::size_t size_of(const Value& value);
[[nodiscard]] std::size_t size_of(const Item& item);

inline constexpr std::size_t kMaxItemBytes = 400 * 1024;
inline constexpr std::size_t kMaxNesting = 32;

// Whether the value is nested in at most `levels` lists and maps, itself included.
[[nodiscard]] bool nests_within(const Value& value, std::size_t levels);

}  // namespace millrace::dynamodb
