#include "storage/base/times.h"

#include <ctime>

namespace millrace {

std::string utc_text(Time t, const char* form) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char out[64];
  return {out, std::strftime(out, sizeof out, form, &parts)};
}

}  // namespace millrace
