// What holds for every input; a run in which it does not ends as a crash does.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace millrace::fuzz {

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

inline std::string_view view(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace millrace::fuzz
