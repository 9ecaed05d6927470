#include "api/core/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "api/core/base64_simd.h"

namespace millrace {

namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Two characters for each 12 bits: half the look-ups of one for each 6.
struct EncodeTable {
  std::array<char, 8192> pairs{};
  constexpr EncodeTable() {
    for (std::size_t i = 0; i < 4096; ++i) {
      pairs[2 * i] = kAlphabet[i >> 6];
      pairs[2 * i + 1] = kAlphabet[i & 63];
    }
  }
};
constexpr EncodeTable kEncode;

constexpr std::uint32_t kBad = 0x80000000u;

// The bits of a character already shifted to its place among four, so that decoding is four look-ups and
// three ors.
struct DecodeTable {
  std::array<std::array<std::uint32_t, 256>, 4> at{};
  constexpr DecodeTable() {
    for (std::size_t place = 0; place < 4; ++place) {
      for (auto& v : at[place]) v = kBad;
      for (std::uint32_t i = 0; i < 64; ++i)
        at[place][static_cast<unsigned char>(kAlphabet[i])] = i << (18 - 6 * place);
    }
  }
};
constexpr DecodeTable kDecode;

std::uint32_t decode_four(const unsigned char* p) {
  return kDecode.at[0][p[0]] | kDecode.at[1][p[1]] | kDecode.at[2][p[2]] | kDecode.at[3][p[3]];
}

}  // namespace

char* base64_encode(std::string_view bytes, char* out) {
  const std::size_t done = base64_simd::ways().front().encode(bytes.data(), bytes.size(), out);
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data()) + done;
  std::size_t left = bytes.size() - done;
  out += done / 3 * 4;
  for (; left >= 3; left -= 3, p += 3, out += 4) {
    const std::uint32_t v = static_cast<std::uint32_t>(p[0] << 16 | p[1] << 8 | p[2]);
    std::memcpy(out, &kEncode.pairs[2 * (v >> 12)], 2);
    std::memcpy(out + 2, &kEncode.pairs[2 * (v & 4095)], 2);
  }
  if (left == 0) return out;
  const std::uint32_t v = static_cast<std::uint32_t>(p[0] << 16 | (left == 2 ? p[1] << 8 : 0));
  out[0] = kAlphabet[v >> 18];
  out[1] = kAlphabet[v >> 12 & 63];
  out[2] = left == 2 ? kAlphabet[v >> 6 & 63] : '=';
  out[3] = '=';
  return out + 4;
}

std::string base64_encode(std::string_view bytes) {
  std::string out(base64_encoded_size(bytes.size()), '\0');
  base64_encode(bytes, out.data());
  return out;
}

std::optional<std::size_t> base64_decoded_size(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  const std::size_t pad = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  return text.size() / 4 * 3 - pad;
}

bool base64_decode(std::string_view text, char* out) {
  const auto size = base64_decoded_size(text);
  if (!size) return false;
  // What the padding belongs to is left to the loop below.
  const std::size_t done = base64_simd::ways().front().decode(text.data(), *size / 3 * 4, out);
  const auto* p = reinterpret_cast<const unsigned char*>(text.data()) + done;
  out += done / 4 * 3;
  std::uint32_t bad = 0;
  for (std::size_t n = *size / 3 - done / 4; n > 0; --n, p += 4, out += 3) {
    const std::uint32_t v = decode_four(p);
    bad |= v;
    out[0] = static_cast<char>(v >> 16);
    out[1] = static_cast<char>(v >> 8);
    out[2] = static_cast<char>(v);
  }
  if (const std::size_t rest = *size % 3; rest > 0) {
    const unsigned char last[4] = {p[0], p[1], rest == 2 ? p[2] : static_cast<unsigned char>('A'), 'A'};
    const std::uint32_t v = decode_four(last);
    bad |= v;
    if (v & (rest == 2 ? 0xFFu : 0xFFFFu)) return false;
    out[0] = static_cast<char>(v >> 16);
    if (rest == 2) out[1] = static_cast<char>(v >> 8);
  }
  return (bad & kBad) == 0;
}

std::optional<std::string> base64_decode(std::string_view text) {
  const auto size = base64_decoded_size(text);
  if (!size) return std::nullopt;
  std::string out(*size, '\0');
  if (!base64_decode(text, out.data())) return std::nullopt;
  return out;
}

}  // namespace millrace
