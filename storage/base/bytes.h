// Numbers among bytes, in the machine's order, which is that of the files.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace millrace::storage {

template <class T>
void put(std::string& to, T v) {
  to.append(reinterpret_cast<const char*>(&v), sizeof v);
}
// There are sizeof(T) bytes at `at`.
template <class T>
[[nodiscard]] T get(std::string_view bytes, std::size_t at) {
  T v;
  std::memcpy(&v, bytes.data() + at, sizeof v);
  return v;
}

}  // namespace millrace::storage
