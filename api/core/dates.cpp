#include "api/core/dates.h"

#include <cstdio>
#include <ctime>

namespace millrace {

namespace {

std::tm parts_of(Time t) {
  const std::time_t s = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&s, &parts);
  return parts;
}

std::optional<Time> parse(std::string_view text, const char* form) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), form, &parts);
  if (!end || *end != '\0') return std::nullopt;
  return Time(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

std::string http_date(Time t) {
  const std::tm parts = parts_of(t);
  char out[64];
  return {out, std::strftime(out, sizeof out, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::optional<Time> parse_http_date(std::string_view text) {
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"})
    if (const auto t = parse(text, form)) return t;
  return std::nullopt;
}

std::string iso8601(Time t) {
  const std::tm parts = parts_of(t);
  const auto ms = (t - std::chrono::floor<std::chrono::seconds>(t)).count();
  char day[48], out[64];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
  return {out,
          static_cast<std::size_t>(std::snprintf(out, sizeof out, "%s.%03dZ", day, static_cast<int>(ms)))};
}

std::optional<Time> parse_basic_iso8601(std::string_view text) { return parse(text, "%Y%m%dT%H%M%SZ"); }

}  // namespace millrace
