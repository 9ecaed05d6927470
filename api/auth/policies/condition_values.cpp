// The dates and the networks of condition.h.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>

#include "api/auth/policies/condition.h"
#include "api/core/ascii.h"

namespace millrace::auth {

namespace {

// Source of the limits: Java's dates, in milliseconds of 64 bits.
constexpr std::int64_t kFirstYear = -292275054, kLastYear = 292278993;

// Takes `least` to `most` digits off the front.
std::optional<std::int64_t> take_number(std::string_view& text, std::size_t least, std::size_t most) {
  const std::size_t size =
      std::min(text.find_first_not_of("0123456789"), text.size());  // npos: all are digits
  if (size < least || size > most) return std::nullopt;
  std::int64_t out = 0;
  (void)std::from_chars(text.data(), text.data() + size, out);
  text.remove_prefix(size);
  return out;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// Days from 1970-01-01 in the Gregorian calendar, whose cycle of 400 years has 146097 days.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  const bool negative = take(text, '-');
  const auto year = take_number(text, 1, 9);
  if (!year) return std::nullopt;
  std::int64_t month = 1, day = 1;
  if (take(text, '-')) {
    month = take_number(text, 1, 2).value_or(0);
    if (take(text, '-')) day = take_number(text, 1, 2).value_or(0);
  }
  const std::int64_t signed_year = negative ? -*year : *year;
  if (signed_year < kFirstYear || signed_year > kLastYear || month < 1 || month > 12 || day < 1 || day > 31)
    return std::nullopt;
  return days_from_civil(signed_year, month, day) * 86'400'000;
}

// "HH", "HH:MM", "HH:MM:SS" or "HH:MM:SS.fraction", in milliseconds.
std::optional<std::int64_t> take_time(std::string_view& text) {
  const auto hours = take_number(text, 1, 2);
  if (!hours || *hours > 23) return std::nullopt;
  std::int64_t minutes = 0, seconds = 0, milliseconds = 0;
  if (take(text, ':')) {
    minutes = take_number(text, 1, 2).value_or(60);
    if (minutes < 60 && take(text, ':')) {
      seconds = take_number(text, 1, 2).value_or(60);
      if (take(text, '.')) {
        const std::string_view fraction = text;
        if (!take_number(text, 1, 9)) return std::nullopt;
        for (std::size_t i = 0; i < 3; ++i)
          milliseconds = milliseconds * 10 + (i < fraction.size() - text.size() ? fraction[i] - '0' : 0);
      }
    }
  }
  if (minutes > 59 || seconds > 59) return std::nullopt;
  return ((*hours * 60 + minutes) * 60 + seconds) * 1000 + milliseconds;
}

// "Z", "+HH", "+HHMM" or "+HH:MM", in milliseconds; 0 without one.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const std::string_view digits = text.substr(0, 2);
  if (digits.size() != 2 || !is_digits(digits)) return std::nullopt;
  text.remove_prefix(2);
  std::int64_t minutes = 0;
  if (take(text, ':') || !text.empty())
    minutes = text.size() == 2 ? take_number(text, 2, 2).value_or(60) : 60;
  const std::int64_t hours = (digits[0] - '0') * 10 + digits[1] - '0';
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (hours * 60 + minutes) * (west ? -60'000 : 60'000);
}

// The first `bits` bits are the same.
bool same_prefix(const std::array<std::uint8_t, 16>& a, const std::array<std::uint8_t, 16>& b,
                 unsigned bits) {
  if (std::memcmp(a.data(), b.data(), bits / 8) != 0) return false;
  if (bits % 8 == 0) return true;
  return (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

}  // namespace

std::optional<std::int64_t> parse_policy_date(std::string_view text) {
  if (is_digits(text)) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc()) return std::nullopt;
    return std::min(seconds, std::int64_t{INT64_MAX / 1000}) * 1000;
  }
  const auto date = take_date(text);
  if (!date) return std::nullopt;
  if (!take(text, 'T') && !take(text, 't')) return text.empty() ? date : std::nullopt;
  if (text.empty()) return date;
  const auto time = take_time(text);
  if (!time) return std::nullopt;
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return *date + *time - *zone;
}

bool Network::contains(const Network& other) const {
  return v6 == other.v6 && bits <= other.bits && same_prefix(address, other.address, bits);
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, std::min(slash, text.size())));
  if (address.size() >= INET6_ADDRSTRLEN || address.find('\0') != std::string::npos) return std::nullopt;
  Network out;
  out.v6 = address.find(':') != std::string::npos;
  if (inet_pton(out.v6 ? AF_INET6 : AF_INET, address.c_str(), out.address.data()) != 1) return std::nullopt;
  const unsigned most = out.v6 ? 128 : 32;
  out.bits = most;
  if (slash != std::string_view::npos) {
    std::string_view length = text.substr(slash + 1);
    const auto bits = take_number(length, 1, 3);
    if (!bits || !length.empty() || *bits > most) return std::nullopt;
    out.bits = static_cast<unsigned>(*bits);
  }
  constexpr std::array<std::uint8_t, 16> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (out.v6 && out.bits >= 96 && same_prefix(out.address, kMapped, 96)) {
    std::copy(out.address.begin() + 12, out.address.end(), out.address.begin());
    std::fill(out.address.begin() + 4, out.address.end(), 0);
    out.bits -= 96;
    out.v6 = false;
  }
  return out;
}

}  // namespace millrace::auth
