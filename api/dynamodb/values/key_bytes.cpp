#include "api/dynamodb/values/key_bytes.h"

#include <stdexcept>

#include "api/core/md5_many.h"

namespace millrace::dynamodb {

namespace {

// AWS hashes this text in front of a key (dynalite, db/index.js, hashPrefix): scans have AWS's order.
constexpr std::string_view kHashStart = "Outliers";

std::string sortable(const Value& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* number = value.as<Number>()) return number->sortable();
  if (const auto* binary = value.as<Binary>()) return binary->bytes;
  throw std::logic_error("a key attribute is a string, a number or binary");
}

std::string hashed(const Value& value) {
  const auto* number = value.as<Number>();
  return number ? number->hashed() : sortable(value);
}

}  // namespace

std::string bucket_of(const Value& value, const Value* sort) {
  const auto digest = md5(std::string(kHashStart) + hashed(value) + (sort ? hashed(*sort) : ""));
  return {reinterpret_cast<const char*>(digest.data()), kBucketBytes};
}

std::string bucket_bytes(std::uint64_t bucket) {
  std::string out;
  for (std::size_t i = kBucketBytes; i-- > 0;) out += static_cast<char>(bucket >> (8 * i));
  return out;
}

std::string open_part_of(const Value& value) {
  std::string out;
  for (const char c : sortable(value)) {
    out += c;
    if (c == '\0') out += '\xff';
  }
  return out;
}

std::string part_of(const Value& value) { return open_part_of(value) + std::string(2, '\0'); }

std::string before_part(std::string part) {
  part.pop_back();
  return part;
}

std::string behind_part(std::string part) {
  part.back() = '\1';
  return part;
}

}  // namespace millrace::dynamodb
