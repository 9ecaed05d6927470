// What ended a coroutine, in words for the log.
#pragma once

#include <exception>
#include <string>

namespace millrace {

[[nodiscard]] inline std::string text_of(const std::exception_ptr& failure) {
  try {
    if (failure) std::rethrow_exception(failure);
    return "no exception";
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
}

}  // namespace millrace
