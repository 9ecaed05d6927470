// Why there is nothing to start for a function.
#pragma once

#include <boost/assert/source_location.hpp>
#include <stdexcept>
#include <string>

namespace millrace::functions {

// `entrypoint`: the function's own code lacks it, which is the function's error.
struct NoCommand {
  std::string reason;
  bool entrypoint = false;
};

[[noreturn]] inline void throw_exception_from_error(const NoCommand& e, const boost::source_location&) {
  throw std::logic_error("missing command not handled: " + e.reason);
}

}  // namespace millrace::functions
