// Numbers: up to 38 significant decimal digits and a power of ten from -130 to 125. They are stored, compared
// and added exactly, never as binary fractions. Source: DynamoDB Developer Guide, "Data types", Number.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::dynamodb {

class Number {
 public:
  static constexpr int kMaxDigits = 38, kMaxExponent = 125, kMinExponent = -130;

  enum class Fault { none, not_numeric, overflow, underflow, too_precise };

  Number() = default;  // zero

  // nullopt, and the reason in `fault`, if the text is no number or none that can be stored.
  [[nodiscard]] static std::optional<Number> parse(std::string_view text, Fault& fault);
  // nullopt, and the reason in `fault`, if the exact result cannot be stored.
  [[nodiscard]] static std::optional<Number> sum(const Number& a, const Number& b, Fault& fault);
  [[nodiscard]] static std::optional<Number> difference(const Number& a, const Number& b, Fault& fault);
  [[nodiscard]] static Number of(std::int64_t value);

  // The form in which AWS returns it: no exponent, no leading zeros, no trailing zeros in the fraction.
  [[nodiscard]] std::string text() const;
  // In bytes, as AWS counts the size of an item.
  [[nodiscard]] std::size_t size() const;
  // The integer; nullopt if the number has a fraction or does not fit.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  // Bytes whose order is the order of the numbers.
  [[nodiscard]] std::string sortable() const;
  // The bytes of which AWS hashes a partition key.
  [[nodiscard]] std::string hashed() const;

  [[nodiscard]] bool is_zero() const { return digits_.empty(); }

  friend bool operator==(const Number&, const Number&) = default;
  friend std::strong_ordering operator<=>(const Number& a, const Number& b);

 private:
  // From digits without limits; cuts zeros off both ends.
  static std::optional<Number> make(bool negative, std::string digits, std::int64_t exponent, Fault& fault);
  static std::strong_ordering compare_magnitudes(const Number& a, const Number& b);
  static std::optional<Number> combine(const Number& a, const Number& b, Fault& fault);

  // The value is 0 without digits; otherwise d.ddd * 10^exponent, with a first and a last digit other than
  // '0'.
  bool negative_ = false;
  int exponent_ = 0;
  std::string digits_;
};

}  // namespace millrace::dynamodb
