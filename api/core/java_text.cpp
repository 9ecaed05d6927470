#include "api/core/java_text.h"

#include <boost/locale/encoding_utf.hpp>
#include <cinttypes>
#include <cstdio>

#include "api/core/base64.h"

namespace millrace {

namespace {

// Of a list of elements, as they come. Overflow is meant.
class Hash {
 public:
  explicit Hash(std::uint32_t start) : value_(start) {}
  void add(std::uint32_t element) { value_ = value_ * 31 + element; }
  [[nodiscard]] std::uint32_t value() const { return value_; }

 private:
  std::uint32_t value_;
};

// String.hashCode, which is of UTF-16 units.
std::uint32_t hash_of_text(const std::string& text) {
  Hash hash(0);
  for (const char16_t unit : boost::locale::conv::utf_to_utf<char16_t>(text)) hash.add(unit);
  return hash.value();
}

// ByteBuffer.hashCode, which begins at the end.
std::uint32_t hash_of_bytes(std::string_view bytes) {
  Hash hash(1);
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte)
    hash.add(static_cast<std::uint32_t>(static_cast<signed char>(*byte)));
  return hash.value();
}

std::uint32_t hash_of(Kind kind, const Json& value) {
  if (value.is_binary())
    return hash_of_bytes(
        {reinterpret_cast<const char*>(value.get_binary().data()), value.get_binary().size()});
  if (!value.is_string()) return 0;
  const std::string& text = value.get_ref<const std::string&>();
  return kind == Kind::blob ? hash_of_bytes(base64_decode(text).value_or("")) : hash_of_text(text);
}

}  // namespace

std::string java_text(const char* class_name, Fields fields, const Json& object) {
  Hash name(1), all(1);
  name.add(hash_of_text(class_name));
  all.add(name.value());
  for (const FieldInfo& f : fields) all.add(hash_of(f.kind, object.value(f.name, Json())));
  char number[16];
  std::snprintf(number, sizeof number, "%" PRIx32, all.value());
  return std::string(class_name) + "@" + number;
}

}  // namespace millrace
