#include "server/request_id.h"

#include <array>
#include <cstring>
#include <random>

#include "api/core/base64.h"
#include "storage/base/hex.h"

namespace millrace {

namespace {

// Identifiers need to be different, not secret.
std::mt19937_64& random_source() {
  thread_local std::mt19937_64 source{std::random_device{}() ^ std::uint64_t{std::random_device{}()} << 32};
  return source;
}

template <std::size_t N>
std::array<unsigned char, N> random_bytes() {
  static_assert(N % 8 == 0);
  std::array<unsigned char, N> out;
  for (std::size_t i = 0; i < N; i += 8) {
    const std::uint64_t v = random_source()();
    std::memcpy(out.data() + i, &v, 8);
  }
  return out;
}

}  // namespace

std::string new_request_id() { return uuid_of(random_bytes<16>()); }

std::string new_extended_request_id() {
  const auto bytes = random_bytes<72>();
  return base64_encode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace millrace
