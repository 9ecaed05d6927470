#include "api/lambda/record_filter.h"

#include <gtest/gtest.h>

namespace millrace::lambda {
namespace {

bool passes(std::vector<std::string> patterns, std::string_view data) {
  storage::Record record;
  record.key = "key-1";
  record.data = data;
  return RecordFilter(std::move(patterns)).passes({record, "7"});
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

}  // namespace
}  // namespace millrace::lambda
