#include "api/dynamodb/values/number.h"

#include <gtest/gtest.h>

#include <random>

namespace millrace::dynamodb {
namespace {

using Fault = Number::Fault;

Number number(std::string_view text) {
  Fault fault = Fault::none;
  const auto parsed = Number::parse(text, fault);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(Number());
}
Fault fault_of(std::string_view text) {
  Fault fault = Fault::none;
  EXPECT_FALSE(Number::parse(text, fault)) << text;
  return fault;
}
std::string sum(std::string_view a, std::string_view b) {
  Fault fault = Fault::none;
  const auto result = Number::sum(number(a), number(b), fault);
  return result ? result->text() : "fault";
}

TEST(Number, HasAwsNormalForm) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"-0", "0"},
      {"0.0", "0"},
      {"1.0", "1"},
      {"1e3", "1000"},
      {"+007", "7"},
      {"-12.340", "-12.34"},
      {".5", "0.5"},
      {"5.", "5"},
      {"1E-3", "0.001"},
      {"123456e-3", "123.456"},
      {"0e999999999999", "0"},
      {"0.00012", "0.00012"},
      {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"}};
  for (const auto& [text, normal] : cases) EXPECT_EQ(number(text).text(), normal);
  EXPECT_EQ(number("1e125").text(), "1" + std::string(125, '0'));
  EXPECT_EQ(number("1e-130").text(), "0." + std::string(129, '0') + "1");
}

TEST(Number, RefusesWhatCannotBeStored) {
  for (const char* text : {"", "+", ".", "1e", "1e+", "abc", "1 ", "0x1", "1.2.3", "--1", "NaN", "Infinity"})
    EXPECT_EQ(fault_of(text), Fault::not_numeric) << text;
  EXPECT_EQ(fault_of("1e126"), Fault::overflow);
  EXPECT_EQ(fault_of("-1e99999999999999999999"), Fault::overflow);
  EXPECT_EQ(fault_of("1e-131"), Fault::underflow);
  EXPECT_EQ(fault_of("1." + std::string(37, '0') + "1"), Fault::too_precise);
}

TEST(Number, AddsExactly) {
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("99999999999999999999999999999999999999", "1"), "1" + std::string(38, '0'));
  EXPECT_EQ(sum("99999999999999999999999999999999999999", "2"), "fault");
  EXPECT_EQ(sum("5", "-5"), "0");
  EXPECT_EQ(sum("-7", "2.5"), "-4.5");
  EXPECT_EQ(sum("1e125", "9e125"), "fault");
  EXPECT_EQ(sum("1e30", "1e-30"), "fault") << "more than 38 digits";
}

TEST(Number, SortableBytesHaveTheOrderOfNumbers) {
  std::mt19937 random(7);
  const auto some = [&] {
    std::string text = random() % 2 ? "-" : "";
    const std::size_t digits = random() % 6;
    for (std::size_t i = 0; i <= digits; ++i) text += static_cast<char>('0' + random() % 10);
    return number(text + "e" + std::to_string(static_cast<int>(random() % 12) - 6));
  };
  for (int i = 0; i < 100'000; ++i) {
    const Number a = some(), b = some();
    ASSERT_EQ(a <=> b, a.sortable() <=> b.sortable()) << a.text() << " " << b.text();
    const double da = std::stod(a.text()), db = std::stod(b.text());
    ASSERT_EQ(a < b, da < db) << a.text() << " " << b.text();
    ASSERT_EQ(a == b, da == db) << a.text() << " " << b.text();
  }
}

// dynalite, test/helpers.js and db/index.js.
TEST(Number, HasAwsSize) {
  EXPECT_EQ(number("0").size(), 1u);
  EXPECT_EQ(number("1").size(), 2u);
  EXPECT_EQ(number("12").size(), 2u);
  EXPECT_EQ(number("-1").size(), 3u);
  EXPECT_EQ(number("1234").size(), 3u);
}

TEST(Number, ConvertsToIntegers) {
  EXPECT_EQ(number("1700000000").integer(), 1700000000);
  EXPECT_EQ(number("-3").integer(), -3);
  EXPECT_EQ(number("1.5").integer(), std::nullopt);
  EXPECT_EQ(number("1e40").integer(), std::nullopt);
  EXPECT_EQ(number("0").integer(), 0);
}

}  // namespace
}  // namespace millrace::dynamodb
