#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "api/core/error.h"
#include "api/dynamodb/values/bytes.h"
#include "api/dynamodb/values/json.h"
#include "api/dynamodb/values/key_bytes.h"

namespace millrace::dynamodb {
namespace {

Value value(const char* text) { return value_of(Json::parse(text)); }
std::string error_of(const std::string& text) {
  try {
    (void)value_of(Json::parse(text));
  } catch (const ApiError& e) {
    return e.message();
  }
  return "none";
}

TEST(Values, AreTheSameAfterJsonAndAfterARow) {
  const Json json = Json::parse(
      R"({"s":{"S":"caf\u00e9"},"e":{"S":""},"n":{"N":"-1.5"},"b":{"B":"AP8="},"ss":{"SS":["a","b"]},
          "ns":{"NS":["1","2.5"]},"bs":{"BS":["AA==","AQ=="]},"t":{"BOOL":true},"z":{"NULL":true},
          "l":{"L":[{"N":"1"},{"L":[]},{"M":{"x":{"S":"y"}}}]},"m":{"M":{}}})");
  const Item item = item_of(json);
  EXPECT_EQ(Json(json_of(item)), json);
  EXPECT_EQ(item_of_row(row_of(item)), item);
}

TEST(Values, RowsThatAreDamagedAreRefused) {
  const std::string row = row_of(item_of(Json::parse(R"({"a":{"L":[{"N":"17"},{"SS":["x","y"]}]}})")));
  for (std::size_t n = 0; n < row.size(); ++n) EXPECT_ANY_THROW((void)item_of_row(row.substr(0, n))) << n;
  EXPECT_ANY_THROW((void)item_of_row(row + "x"));
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string other = row;
    other[random() % other.size()] = static_cast<char>(random());
    try {
      (void)item_of_row(other);
    } catch (const std::exception&) {
    }
  }
}

TEST(Values, NumbersAreEqualByTheirValue) {
  EXPECT_EQ(value(R"({"N":"1.0"})"), value(R"({"N":"1"})"));
  EXPECT_EQ(value(R"({"SS":["b","a"]})"), value(R"({"SS":["a","b"]})"));
  EXPECT_NE(value(R"({"S":"1"})"), value(R"({"N":"1"})"));
  EXPECT_EQ(order(value(R"({"S":"1"})"), value(R"({"N":"1"})")), std::partial_ordering::unordered);
}

TEST(Values, ErrorsHaveAwsTexts) {
  EXPECT_EQ(error_of("{}"),
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  EXPECT_EQ(
      error_of(R"({"S":"a","N":"1"})"),
      "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
      "datatypes");
  EXPECT_EQ(error_of(R"({"SS":[]})"),
            "One or more parameter values were invalid: An string set  may not be empty");
  EXPECT_EQ(error_of(R"({"SS":["a","a"]})"),
            "One or more parameter values were invalid: Input collection [a, a] contains duplicates.");
  EXPECT_EQ(error_of(R"({"NS":["1","1.0"]})"), "Input collection contains duplicates");
  EXPECT_EQ(
      error_of(R"({"NULL":false})"),
      "One or more parameter values were invalid: Null attribute value types must have the value of true");
  EXPECT_EQ(error_of(R"({"N":"b"})"), "The parameter cannot be converted to a numeric value: b");
  EXPECT_EQ(error_of(R"({"S":1})"), "NUMBER_VALUE cannot be converted to String");
}

TEST(Values, NestAtMost32Levels) {
  const auto nested = [](std::size_t levels) {
    std::string text = R"({"S":"x"})";
    for (std::size_t i = 0; i < levels; ++i) text = R"({"L":[)" + text + "]}";
    return text;
  };
  EXPECT_EQ(error_of(nested(32)), "none");
  EXPECT_EQ(error_of(nested(33)), "Nesting Levels have exceeded supported limits");
  EXPECT_TRUE(nests_within(value_of(Json::parse(nested(32))), 32));
  EXPECT_FALSE(nests_within(value_of(Json::parse(nested(32))), 31));
}

TEST(Values, SizesAreThoseOfAws) {
  EXPECT_EQ(size_of(item_of(Json::parse(R"({"abc":{"S":"12345"}})"))), 8u);
  EXPECT_EQ(size_of(item_of(Json::parse(R"({"a":{"L":[{"S":"1"}]}})"))), 1u + 3 + 1 + 1);
  EXPECT_EQ(size_of(item_of(Json::parse(R"({"a":{"M":{"b":{"BOOL":true}}}})"))), 1u + 3 + 1 + 1 + 1);
}

Value text(std::string bytes) { return {std::move(bytes)}; }

TEST(KeyBytes, PartsSortAsValuesAndBoundsEncloseThem) {
  std::mt19937 random(11);
  std::vector<std::string> values;
  for (int i = 0; i < 3000; ++i) {
    std::string bytes(random() % 4, ' ');
    for (char& c : bytes)
      c = std::string(
          "\0\1\x7f\xfe\xff"
          "a",
          6)[random() % 6];
    values.push_back(bytes);
  }
  for (int i = 0; i < 100'000; ++i) {
    const std::string &a = values[random() % values.size()], &b = values[random() % values.size()];
    const std::string pa = part_of(text(a)), pb = part_of(text(b));
    ASSERT_EQ(a <=> b, pa <=> pb);
    // With anything behind the part: the rest of a key.
    const std::string rest(random() % 3, static_cast<char>(random()));
    ASSERT_LT(before_part(pa), pa + rest);
    ASSERT_GT(behind_part(pa), pa + rest);
    if (a < b) {
      ASSERT_LT(behind_part(pa), pb + rest);
      ASSERT_LT(pa + rest, before_part(pb));
    }
    ASSERT_EQ(b.starts_with(a), (pb + rest).starts_with(open_part_of(text(a))) || b == a);
  }
}

TEST(KeyBytes, BucketsHaveThreeBytesAndDependOnTheNumbersValue) {
  EXPECT_EQ(bucket_of(text("a")).size(), kBucketBytes);
  EXPECT_EQ(bucket_bytes(0x010203), std::string("\1\2\3"));
  const Value one = value(R"({"N":"1"})"), same = value(R"({"N":"1.00"})");
  EXPECT_EQ(bucket_of(one), bucket_of(same));
}

}  // namespace
}  // namespace millrace::dynamodb
