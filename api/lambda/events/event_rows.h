// The keys of the rows of asynchronous invocations; event_queue.h says what they hold.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace millrace::lambda {

inline const std::string kEventPrefix = "l/e/", kPayloadPrefix = "l/p/", kDeadLetterPrefix = "l/d/",
                         kCrashPrefix = "l/x/";
// The lane of events that a server ended amid: one runs at a time, so that it is known which one does it.
inline const std::string kSuspects = "suspects";

// An event's number behind those prefixes.
inline std::string event_digits(std::uint64_t number) {
  char out[24];
  std::snprintf(out, sizeof out, "%020llu", static_cast<unsigned long long>(number));
  return out;
}

}  // namespace millrace::lambda
