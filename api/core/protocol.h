// The protocols that AWS's services speak.
#pragma once

#include <cstdint>

namespace millrace {

enum class Protocol : std::uint8_t {
  json_1_0,
  json_1_1,
  cbor_1_1,
  rpc_v2_cbor,
  query,
  rest_json,
  rest_xml,
};

// A set of protocols.
template <class... P>
[[nodiscard]] constexpr std::uint8_t bit_of(P... p) {
  return static_cast<std::uint8_t>(((1u << static_cast<unsigned>(p)) | ...));
}

}  // namespace millrace
