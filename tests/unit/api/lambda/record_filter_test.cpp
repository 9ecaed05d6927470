#include "api/lambda/mappings/record_filter.h"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

using Verdict = RecordFilter::Verdict;

Verdict judge(std::vector<std::string> patterns, std::string_view data) {
  storage::Record record;
  record.key = "key-1";
  record.data = data;
  return RecordFilter(std::move(patterns)).judge({record, "7"});
}
bool passes(std::vector<std::string> patterns, std::string_view data) {
  const Verdict verdict = judge(std::move(patterns), data);
  EXPECT_NE(verdict, Verdict::too_costly);
  return verdict == Verdict::passes;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    if (i) out += ',';
    out += text;
  }
  return out;
}

TEST(RecordFilterTest, DataIsMatchedAsJson) {
  EXPECT_TRUE(passes({R"({"data":{"kind":["buy"]}})"}, R"({"kind":"buy","n":1})"));
  EXPECT_FALSE(passes({R"({"data":{"kind":["buy"]}})"}, R"({"kind":"sell"})"));
  EXPECT_FALSE(passes({R"({"data":{"kind":["buy"]}})"}, "buy"));
  EXPECT_FALSE(passes({R"({"data":{"kind":[{"exists":false}]}})"}, "no JSON"));
  EXPECT_TRUE(passes({R"({"data":{"kind":[{"exists":false}]}})"}, "{}"));
}

TEST(RecordFilterTest, OneOfThePatternsIsEnough) {
  EXPECT_TRUE(passes({R"({"data":{"a":[1]}})", R"({"data":{"b":[2]}})"}, R"({"b":2})"));
}

TEST(RecordFilterTest, WithoutDataTheRestIsMatched) {
  EXPECT_TRUE(passes({R"({"partitionKey":["key-1"]})"}, "no JSON"));
  EXPECT_FALSE(passes({R"({"partitionKey":["key-2"]})"}, "{}"));
  EXPECT_TRUE(passes({R"({"sequenceNumber":["7"]})"}, "{}"));
}

TEST(RecordFilterTest, DataMustBeAnObjectInThePattern) {
  EXPECT_THROW(RecordFilter({R"({"data":["x"]})"}), BadPattern);
  EXPECT_THROW(RecordFilter({"{"}), BadPattern);
  EXPECT_THROW(RecordFilter({std::string(5000, ' ')}), BadPattern);
}

TEST(RecordFilterTest, DataOfManyValuesIsMatched) {
  for (const char* value : {"0", "{}", "[]"}) {
    const std::string data = R"({"a":1,"b":[)" + repeated(value, 300'000) + "]}";
    EXPECT_TRUE(passes({R"({"data":{"a":[1]}})"}, data));
    EXPECT_FALSE(passes({R"({"data":{"a":[2]}})"}, data));
  }
}

TEST(RecordFilterTest, WhatIsNestedTooDeeplyIsNotLeftOut) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(judge({R"({"data":{"a":[1]}})"}, R"({"a":)" + deep + "}"), Verdict::too_costly);
  EXPECT_EQ(judge({R"({"data":{"a":[1]}})"}, R"({"a":)" + deep), Verdict::left_out) << "no JSON";
  EXPECT_TRUE(passes({R"({"partitionKey":["key-1"]})"}, deep)) << "nobody asks for it";
}

// Patterns of nearly the longest length against records of 400 KB: the costliest that is answered takes a
// fraction of a second, and no budget is needed for plain equality and names with dots.
TEST(RecordFilterTest, LongPatternsAndLargeRecordsAreCheap) {
  const std::string numbers = R"({"a":[)" + repeated("2", 198'000) + "]}";
  EXPECT_FALSE(passes({R"({"data":{"a":[)" + repeated("1", 1990) + "]}}"}, numbers));
  EXPECT_FALSE(passes({R"({"data":{"a":[{"anything-but":[)" + repeated("2", 1900) + "]}]}}"}, numbers));
  std::string dots = "a";
  for (int i = 1; i < 2000; ++i) dots += ".a";
  EXPECT_FALSE(passes({R"({"data":{")" + dots + R"(":["x"]}})"}, "[" + repeated("{}", 133'000) + "]"));
  EXPECT_FALSE(passes({R"({"data":{")" + dots + R"(":["x"]}})"}, "[" + repeated(R"({"a":1})", 50'000) + "]"));
}

TEST(RecordFilterTest, WhatIsTooCostlyIsNotLeftOut) {
  const std::string texts = R"({"a":[)" + repeated("\"b\"", 250'000) + "]}";
  const std::string pattern = R"({"data":{"a":[)" + repeated(R"({"prefix":"ab"})", 240) + "]}}";
  EXPECT_EQ(judge({pattern, pattern}, texts), Verdict::too_costly);
  EXPECT_FALSE(passes({R"({"data":{"a":[{"prefix":"ab"}]}})"}, texts));
}

}  // namespace
}  // namespace millrace::lambda
