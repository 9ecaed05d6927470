// Compiled as C++23 (CMakeLists.txt), which has the function for it.
#include "api/core/uninitialized.h"

namespace millrace {

void resize_uninitialized(std::string& text, std::size_t size) {
  text.resize_and_overwrite(size, [](char*, std::size_t n) { return n; });
}

}  // namespace millrace
