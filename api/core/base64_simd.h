// Base64 by vector instructions, as far as the processor at hand has them (AVX2, AVX-512 VBMI); the rest is
// for base64.cpp. (No package of Debian 12 does it.)
#pragma once

#include <cstddef>
#include <vector>

namespace millrace::base64_simd {

struct Way {
  const char* name;
  // Encodes as many whole groups of three bytes as it likes, from the start, and returns how many bytes those
  // are. Reads and writes nothing beyond `size` bytes and what they encode to.
  std::size_t (*encode)(const char* bytes, std::size_t size, char* out);
  // Decodes as many groups of four characters as it likes, from the start, and returns how many characters
  // those are. Stops in front of what is not of the alphabet. Writes nothing beyond three bytes for each four
  // of `size`.
  std::size_t (*decode)(const char* text, std::size_t size, char* out);
};

// What this processor can do, the fastest first; the last one does nothing.
[[nodiscard]] const std::vector<Way>& ways();

}  // namespace millrace::base64_simd
