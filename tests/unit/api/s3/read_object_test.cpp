#include "api/s3/read_object.h"

#include <gtest/gtest.h>

#include "api/core/dates.h"
#include "api/core/error.h"
#include "api/s3/conditions.h"

namespace millrace::s3 {
namespace {

std::string range(std::string_view header, std::uint64_t size) {
  try {
    const auto r = parse_range(header, size);
    return r ? std::to_string(r->first) + "+" + std::to_string(r->size) : "whole";
  } catch (const ApiError& e) {
    return e.code();
  }
}

TEST(Range, OfBytes) {
  EXPECT_EQ(range("bytes=0-0", 10), "0+1");
  EXPECT_EQ(range("bytes=2-5", 10), "2+4");
  EXPECT_EQ(range("bytes=2-", 10), "2+8");
  EXPECT_EQ(range("bytes=-3", 10), "7+3");
  EXPECT_EQ(range("bytes=-30", 10), "0+10");
  EXPECT_EQ(range("bytes=5-100", 10), "5+5");
}

TEST(Range, ThatCannotBeSatisfied) {
  EXPECT_EQ(range("bytes=10-", 10), "InvalidRange");
  EXPECT_EQ(range("bytes=-0", 10), "InvalidRange");
  EXPECT_EQ(range("bytes=0-", 0), "InvalidRange");
  EXPECT_EQ(range("bytes=-1", 0), "InvalidRange");
}

TEST(Range, ThatIsMalformedAsksForTheWhole) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=1-2,4-5",
                             "items=0-1", "bytes=--5", "bytes=99999999999999999999-"})
    EXPECT_EQ(range(header, 10), "whole") << header;
}

class ReadCondition : public testing::Test {
 protected:
  ReadCondition() {
    object.modified = Time(std::chrono::milliseconds(1'700'000'000'500));
    object.description.tag = "tag";
  }
  std::string verdict(std::initializer_list<std::pair<const char*, std::string>> given) {
    Headers headers;
    for (const auto& [name, value] : given) headers.add(name, value);
    try {
      return check_read(headers, object, now) == ReadVerdict::go_on ? "go on" : "not modified";
    } catch (const ApiError& e) {
      return e.code();
    }
  }
  storage::Object object;
  const Time now{std::chrono::seconds(1'700'000'100)};
  const std::string then = http_date(Time(std::chrono::seconds(1'700'000'000)));
  const std::string before = http_date(Time(std::chrono::seconds(1'699'999'999)));
};

TEST_F(ReadCondition, ByTag) {
  EXPECT_EQ(verdict({{"If-Match", "\"tag\""}}), "go on");
  EXPECT_EQ(verdict({{"If-Match", "tag"}}), "go on");
  EXPECT_EQ(verdict({{"If-Match", "\"tag"}}), "go on") << "AWS does not insist on both quotes";
  EXPECT_EQ(verdict({{"If-Match", "*"}}), "go on");
  EXPECT_EQ(verdict({{"If-Match", "\"a\", \"tag\""}}), "go on");
  EXPECT_EQ(verdict({{"If-Match", "\"other\""}}), "PreconditionFailed");
  EXPECT_EQ(verdict({{"If-None-Match", "\"tag\""}}), "not modified");
  EXPECT_EQ(verdict({{"If-None-Match", "W/\"tag\""}}), "not modified");
  EXPECT_EQ(verdict({{"If-None-Match", "\"other\""}}), "go on");
}

TEST_F(ReadCondition, ByDateToTheSecond) {
  EXPECT_EQ(verdict({{"If-Modified-Since", then}}), "not modified");
  EXPECT_EQ(verdict({{"If-Modified-Since", before}}), "go on");
  EXPECT_EQ(verdict({{"If-Unmodified-Since", then}}), "go on");
  EXPECT_EQ(verdict({{"If-Unmodified-Since", before}}), "PreconditionFailed");
  EXPECT_EQ(verdict({{"If-Modified-Since", "yesterday"}}), "go on");
  EXPECT_EQ(verdict({{"If-Modified-Since", http_date(now + std::chrono::seconds(1))}}), "go on")
      << "a time to come is no condition";
}

TEST_F(ReadCondition, TagsWinOverDates) {
  EXPECT_EQ(verdict({{"If-Match", "\"tag\""}, {"If-Unmodified-Since", before}}), "go on");
  EXPECT_EQ(verdict({{"If-None-Match", "\"other\""}, {"If-Modified-Since", then}}), "go on");
}

TEST(Dates, AreReadInAllThreeForms) {
  const Time t(std::chrono::seconds(784'111'777));
  EXPECT_EQ(http_date(t), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), t);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), t);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), t);
  EXPECT_EQ(parse_http_date(""), std::nullopt);
  EXPECT_EQ(iso8601(t + std::chrono::milliseconds(7)), "1994-11-06T08:49:37.007Z");
  EXPECT_EQ(parse_basic_iso8601("19941106T084937Z"), t);
}

}  // namespace
}  // namespace millrace::s3
