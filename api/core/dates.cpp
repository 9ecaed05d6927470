#include "api/core/dates.h"

#include <charconv>
#include <cstdio>
#include <ctime>

#include "storage/base/times.h"

namespace millrace {

namespace {

std::optional<Time> parse(std::string_view text, const char* form) {
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), form, &parts);
  if (!end || *end != '\0') return std::nullopt;
  return Time(std::chrono::seconds(timegm(&parts)));
}

}  // namespace

std::string http_date(Time t) { return utc_text(t, "%a, %d %b %Y %H:%M:%S GMT"); }

std::optional<Time> parse_http_date(std::string_view text) {
  for (const char* form : {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"})
    if (const auto t = parse(text, form)) return t;
  return std::nullopt;
}

std::string iso8601(Time t) {
  const auto ms = (t - std::chrono::floor<std::chrono::seconds>(t)).count();
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(ms));
  return utc_text(t, "%Y-%m-%dT%H:%M:%S") + fraction;
}

std::string iso8601_seconds(Time t) { return utc_text(t, "%Y-%m-%dT%H:%M:%SZ"); }

std::optional<Time> parse_iso8601(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return parse(text, "%Y-%m-%dT%H:%M:%SZ");
  const std::string_view fraction = text.substr(dot + 1);
  int ms = 0;
  const auto [end, error] = std::from_chars(fraction.data(), fraction.data() + fraction.size(), ms);
  if (error != std::errc() || fraction.size() != 4 || end != fraction.data() + 3 || ms < 0 || *end != 'Z')
    return std::nullopt;
  const auto second = parse(std::string(text.substr(0, dot)) + "Z", "%Y-%m-%dT%H:%M:%SZ");
  if (!second) return std::nullopt;
  return *second + std::chrono::milliseconds(ms);
}

std::optional<Time> parse_basic_iso8601(std::string_view text) { return parse(text, "%Y%m%dT%H%M%SZ"); }

}  // namespace millrace
