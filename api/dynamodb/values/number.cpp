#include "api/dynamodb/values/number.h"

#include <algorithm>
#include <charconv>

namespace millrace::dynamodb {

namespace {

constexpr std::int64_t kHugeExponent = 1'000'000;  // beyond every exponent that can be stored

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The exponent behind 'e'; huge ones saturate. nullopt: it is none.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = std::min(value * 10 + (c - '0'), kHugeExponent);
  }
  return negative ? -value : value;
}

// Adds and subtracts texts of decimal digits of the same length.
std::string add_digits(const std::string& a, const std::string& b) {
  std::string out(a.size() + 1, '0');
  int carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    const int digit = (a[i] - '0') + (b[i] - '0') + carry;
    out[i + 1] = static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  out[0] = static_cast<char>('0' + carry);
  return out;
}
std::string subtract_digits(const std::string& larger, const std::string& smaller) {
  std::string out(larger.size(), '0');
  int borrow = 0;
  for (std::size_t i = larger.size(); i-- > 0;) {
    int digit = larger[i] - smaller[i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    out[i] = static_cast<char>('0' + digit + 10 * borrow);
  }
  return out;
}

}  // namespace

std::optional<Number> Number::make(bool negative, std::string digits, std::int64_t exponent, Fault& fault) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return Number();
  exponent -= static_cast<std::int64_t>(first);
  digits = digits.substr(first, digits.find_last_not_of('0') + 1 - first);
  fault = exponent > kMaxExponent                   ? Fault::overflow
          : exponent < kMinExponent                 ? Fault::underflow
          : digits.size() > std::size_t{kMaxDigits} ? Fault::too_precise
                                                    : Fault::none;
  if (fault != Fault::none) return std::nullopt;
  Number n;
  n.negative_ = negative;
  n.exponent_ = static_cast<int>(exponent);
  n.digits_ = std::move(digits);
  return n;
}

std::optional<Number> Number::parse(std::string_view text, Fault& fault) {
  fault = Fault::not_numeric;
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  std::int64_t whole = 0;  // digits in front of the point
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] == '.') {
      if (point) return std::nullopt;
      point = true;
      continue;
    }
    digits += text[i];
    if (!point) ++whole;
  }
  if (digits.empty()) return std::nullopt;
  std::int64_t exponent = 0;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    const auto parsed = parse_exponent(text.substr(i + 1));
    if (!parsed) return std::nullopt;
    exponent = *parsed;
  }
  fault = Fault::none;
  return make(negative, std::move(digits), exponent + whole - 1, fault);
}

Number Number::of(std::int64_t value) {
  Fault fault = Fault::none;
  return parse(std::to_string(value), fault).value_or(Number());
}

std::string Number::text() const {
  if (is_zero()) return "0";
  std::string out = negative_ ? "-" : "";
  const auto count = static_cast<int>(digits_.size());
  if (exponent_ < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent_ - 1), '0') + digits_;
  if (exponent_ + 1 >= count)
    return out + digits_ + std::string(static_cast<std::size_t>(exponent_ + 1 - count), '0');
  const auto whole = static_cast<std::size_t>(exponent_ + 1);
  return out + digits_.substr(0, whole) + "." + digits_.substr(whole);
}

// dynalite, db/index.js, valSize: measured on AWS.
std::size_t Number::size() const {
  if (is_zero()) return 1;
  const std::size_t n = digits_.size();
  const bool odd_place = n % 2 != 0 || exponent_ % 2 != 0;
  return 1 + (n + 1) / 2 + (odd_place ? 0 : 1) + (negative_ ? 1 : 0);
}

std::optional<std::int64_t> Number::integer() const {
  if (!is_zero() && exponent_ + 1 < static_cast<int>(digits_.size())) return std::nullopt;
  const std::string all = text();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), value);
  if (error != std::errc() || end != all.data() + all.size()) return std::nullopt;
  return value;
}

std::strong_ordering Number::compare_magnitudes(const Number& a, const Number& b) {
  if (a.exponent_ != b.exponent_) return a.exponent_ <=> b.exponent_;
  return a.digits_ <=> b.digits_;  // the longer one is larger, since its last digit is not '0'
}

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  const auto sign = [](const Number& n) { return n.is_zero() ? 0 : n.negative_ ? -1 : 1; };
  if (sign(a) != sign(b)) return sign(a) <=> sign(b);
  if (a.is_zero()) return std::strong_ordering::equal;
  return a.negative_ ? Number::compare_magnitudes(b, a) : Number::compare_magnitudes(a, b);
}

std::optional<Number> Number::combine(const Number& a, const Number& b, Fault& fault) {
  fault = Fault::none;
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  // Both as integers of the same unit. At most 255 places apart, and 38 digits each.
  const auto lowest = [](const Number& n) { return n.exponent_ + 1 - static_cast<int>(n.digits_.size()); };
  const int unit = std::min(lowest(a), lowest(b));
  const int top = std::max(a.exponent_, b.exponent_);
  const auto width = static_cast<std::size_t>(top - unit + 1);
  const auto aligned = [&](const Number& n) {
    std::string text(static_cast<std::size_t>(top - n.exponent_), '0');
    text += n.digits_;
    text.resize(width, '0');
    return text;
  };
  if (a.negative_ == b.negative_)
    return make(a.negative_, add_digits(aligned(a), aligned(b)), top + 1, fault);
  const bool a_larger = compare_magnitudes(a, b) >= 0;
  const Number& larger = a_larger ? a : b;
  return make(larger.negative_, subtract_digits(aligned(larger), aligned(a_larger ? b : a)), top, fault);
}

std::optional<Number> Number::sum(const Number& a, const Number& b, Fault& fault) {
  return combine(a, b, fault);
}

std::optional<Number> Number::difference(const Number& a, const Number& b, Fault& fault) {
  Number opposite = b;
  if (!opposite.is_zero()) opposite.negative_ = !opposite.negative_;
  return combine(a, opposite, fault);
}

// 80 for zero; 81 exponent+130 (pair+1)* for positive numbers; for negative ones 7F, the complement of the
// same bytes, and FF: a longer number is smaller there.
std::string Number::sortable() const {
  if (is_zero()) return "\x80";
  std::string out(1, static_cast<char>(exponent_ - kMinExponent));
  for (std::size_t i = 0; i < digits_.size(); i += 2) {
    const int low = i + 1 < digits_.size() ? digits_[i + 1] - '0' : 0;
    out += static_cast<char>((digits_[i] - '0') * 10 + low + 1);
  }
  if (!negative_) return "\x81" + out;
  for (char& c : out) c = static_cast<char>(~c);
  return "\x7f" + out + "\xff";
}

// The form of Oracle's NUMBER: an excess-64 power of 100, then pairs of digits. dynalite, db/index.js,
// numToBuffer.
std::string Number::hashed() const {
  if (is_zero()) return "\x80";
  const int places = exponent_ + 1;
  const bool odd = places % 2 != 0;
  const std::string padded = (odd ? "0" : "") + digits_;
  const int power = (places + (odd ? 1 : 0)) / 2 - 64;
  std::string out(1, static_cast<char>(negative_ ? ~power : power));
  for (std::size_t i = 0; i < padded.size(); i += 2) {
    const int pair = (padded[i] - '0') * 10 + (i + 1 < padded.size() ? padded[i + 1] - '0' : 0);
    out += static_cast<char>(negative_ ? 101 - pair : pair + 1);
  }
  if (negative_ && out.size() < 21) out += static_cast<char>(102);
  return out;
}

}  // namespace millrace::dynamodb
