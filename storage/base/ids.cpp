#include "storage/base/ids.h"

#include <openssl/rand.h>

#include <cstdlib>

#include "storage/base/hex.h"

namespace millrace {

namespace {

void fill(unsigned char* bytes, std::size_t count) {
  if (RAND_bytes(bytes, static_cast<int>(count)) != 1) std::abort();
}

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  fill(reinterpret_cast<unsigned char*>(out.data()), count);
  return out;
}

std::string random_hex(std::size_t digits) { return hex_of(random_bytes(digits / 2)); }

std::string new_uuid() {
  std::array<unsigned char, 16> bytes;
  fill(bytes.data(), bytes.size());
  return uuid_of(bytes);
}

}  // namespace millrace
