#include "storage/base/hex.h"

namespace millrace {

namespace {

void append_hex(std::string& to, unsigned char byte) {
  static constexpr char kDigits[] = "0123456789abcdef";
  to += {kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

std::string hex_of(std::string_view bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) append_hex(out, static_cast<unsigned char>(c));
  return out;
}

std::string uuid_of(std::array<unsigned char, 16> bytes) {
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    append_hex(out, bytes[i]);
  }
  return out;
}

}  // namespace millrace
