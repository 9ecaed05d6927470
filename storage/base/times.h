// Times as text.
#pragma once

#include <string>

#include "storage/clock.h"

namespace millrace {

// The time in UTC, in a form of strftime(3) of at most 63 characters.
[[nodiscard]] std::string utc_text(Time t, const char* form);

}  // namespace millrace
