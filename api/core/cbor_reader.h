// Reads CBOR item by item, for those who read the hot requests without a document tree.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

class CborReader {
 public:
  enum class Type : std::uint8_t { map, list, text, bytes, end, other };
  struct Item {
    Type type = Type::other;
    std::optional<std::size_t> size;  // of a map, in pairs, or a list; absent: until `end`
    std::string_view value;           // of text (not validated) or bytes, inside what is read
  };

  explicit CborReader(std::string_view bytes) : left_(bytes) {}

  // The next item: for a container its head, its elements follow. `other`: anything else, as numbers, tags
  // and strings in pieces, and whatever is no CBOR; what follows it is then undefined.
  [[nodiscard]] Item next();
  [[nodiscard]] bool at_end() const { return left_.empty(); }

  // Calls `member(name)` for each member of `map`, whose value is the next item and to be read by it; false
  // as soon as that answers false, or where `map` is none.
  template <class F>
  [[nodiscard]] bool members(const Item& map, F&& member) {
    return map.type == Type::map &&
           each(map, [&](const Item& name) { return name.type == Type::text && member(name.value); });
  }
  // Calls `element(item)` for each element of `list`, as above; of a container the item is its head.
  template <class F>
  [[nodiscard]] bool elements(const Item& list, F&& element) {
    return list.type == Type::list && each(list, element);
  }

 private:
  template <class F>
  bool each(const Item& container, F&& use) {
    for (std::size_t i = 0; !container.size || i < *container.size; ++i) {
      const Item item = next();
      if (item.type == Type::end) return !container.size;
      if (item.type == Type::other || !use(item)) return false;
    }
    return true;
  }

  std::string_view left_;
};

}  // namespace millrace
