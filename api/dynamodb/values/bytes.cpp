#include "api/dynamodb/values/bytes.h"

#include <stdexcept>

namespace millrace::dynamodb {

namespace {

// row    = version(1 byte, 1) map
// map    = count (text value)*
// value  = type(1 byte, Type) content
// S B    = text      N = text, its normal form      BOOL = 1 byte      NULL = nothing
// SS NS BS = count text*      L = count value*      M = map
// text   = count bytes      count = base-128, least significant group first, high bit: more follow
constexpr char kVersion = 1;

void put_count(std::string& out, std::size_t n) {
  for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
  out += static_cast<char>(n);
}
void put_text(std::string& out, std::string_view text) {
  put_count(out, text.size());
  out += text;
}

void put_value(std::string& out, const Value& value);

struct Put {
  std::string& out;

  void operator()(const std::string& text) const { put_text(out, text); }
  void operator()(const Number& number) const { put_text(out, number.text()); }
  void operator()(const Binary& binary) const { put_text(out, binary.bytes); }
  void operator()(bool flag) const { out += flag ? '\1' : '\0'; }
  void operator()(const Null&) const {}
  template <class T>
  void operator()(const SetOf<T>& set) const {
    put_count(out, set.members.size());
    for (const T& member : set.members) (*this)(member);
  }
  void operator()(const List& list) const {
    put_count(out, list.size());
    for (const Value& member : list) put_value(out, member);
  }
  void operator()(const Item& map) const {
    put_count(out, map.size());
    for (const auto& [name, value] : map) {
      put_text(out, name);
      put_value(out, value);
    }
  }
};

void put_value(std::string& out, const Value& value) {
  out += static_cast<char>(value.type());
  std::visit(Put{out}, value.data);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  char byte() {
    if (bytes_.empty()) damaged();
    const char c = bytes_.front();
    bytes_.remove_prefix(1);
    return c;
  }
  std::size_t count() {
    std::size_t n = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      const auto c = static_cast<unsigned char>(byte());
      n |= static_cast<std::size_t>(c & 0x7F) << shift;
      if (c >= 0x80) continue;
      if (n > bytes_.size()) damaged();  // everything that is counted takes a byte or more
      return n;
    }
    damaged();
  }
  std::string text() {
    const std::size_t n = count();
    std::string out(bytes_.substr(0, n));
    bytes_.remove_prefix(n);
    return out;
  }
  Number number() {
    Number::Fault fault = Number::Fault::none;
    const auto parsed = Number::parse(text(), fault);
    if (!parsed) damaged();
    return *parsed;
  }
  Item map(std::size_t levels) {
    Item out;
    for (std::size_t n = count(); n > 0; --n) {
      std::string name = text();
      out.insert_or_assign(out.end(), std::move(name), value(levels));
    }
    return out;
  }
  Value value(std::size_t levels) {
    switch (static_cast<Type>(byte())) {
      case Type::S:
        return {text()};
      case Type::N:
        return {number()};
      case Type::B:
        return {Binary{text()}};
      case Type::SS:
        return set<std::string>([this] { return text(); });
      case Type::NS:
        return set<Number>([this] { return number(); });
      case Type::BS:
        return set<Binary>([this] { return Binary{text()}; });
      case Type::L:
        return {list(levels)};
      case Type::M:
        if (levels == 0) damaged();
        return {map(levels - 1)};
      case Type::BOOL:
        return {byte() != 0};
      case Type::NUL:
        return {Null()};
    }
    damaged();
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  [[noreturn]] static void damaged() { throw std::runtime_error("an item's row is damaged"); }

 private:
  template <class T, class F>
  Value set(F member) {
    SetOf<T> out;
    for (std::size_t n = count(); n > 0; --n) out.members.push_back(member());
    return {std::move(out)};
  }
  List list(std::size_t levels) {
    if (levels == 0) damaged();
    List out;
    for (std::size_t n = count(); n > 0; --n) out.push_back(value(levels - 1));
    return out;
  }

  std::string_view bytes_;
};

}  // namespace

std::string row_of(const Item& item) {
  std::string out(1, kVersion);
  Put{out}(item);
  return out;
}

Item item_of_row(std::string_view row) {
  Reader reader(row);
  if (reader.byte() != kVersion)
    throw std::runtime_error("an item's row has a version that this server does not know");
  Item item = reader.map(kMaxNesting);
  if (!reader.at_end()) Reader::damaged();
  return item;
}

}  // namespace millrace::dynamodb
