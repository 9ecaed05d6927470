#include "api/logs/model.h"

#include <gtest/gtest.h>

#include "api/core/error.h"

namespace millrace::logs {
namespace {

bool matches(const std::string& pattern, std::string_view message) { return filter_of(pattern)(message); }

TEST(FilterPattern, WantsEveryWord) {
  EXPECT_TRUE(matches("", "anything"));
  EXPECT_TRUE(matches("ERROR code", "an ERROR with code 7"));
  EXPECT_FALSE(matches("ERROR code", "an ERROR"));
  EXPECT_FALSE(matches("error", "an ERROR"));
}

TEST(FilterPattern, WantsPhrasesAlternativesAndExclusions) {
  EXPECT_TRUE(matches("\"an ERROR\"", "an ERROR with"));
  EXPECT_FALSE(matches("\"ERROR an\"", "an ERROR with"));
  EXPECT_TRUE(matches(R"("say \"no\"")", R"(I say "no" here)"));
  EXPECT_TRUE(matches("?ERROR ?WARN", "a WARN"));
  EXPECT_FALSE(matches("?ERROR ?WARN", "an INFO"));
  EXPECT_FALSE(matches("ERROR -timeout", "ERROR timeout"));
  EXPECT_TRUE(matches("ERROR -timeout", "ERROR other"));
}

TEST(FilterPattern, OfJsonIsRefused) {
  for (const char* pattern : {"{ $.level = \"ERROR\" }", "[ip, user]", "%a.b%"})
    EXPECT_THROW((void)filter_of(pattern), ApiError) << pattern;
}

TEST(LogPlaces, AreFoundAgainAndByTheirTimeWhenTheirEventIsGone) {
  std::vector<LogEvent> events;
  for (int ms : {1, 2, 2, 3})
    events.push_back({Time(std::chrono::milliseconds(ms)), "s", "m", "id" + std::to_string(events.size())});
  for (std::size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(before(events, position_of(LogPosition::behind(events[i]).text())), i + 1);
  EXPECT_EQ(before(events, LogPosition{}), 0u);
  EXPECT_EQ(before(events, {Time(std::chrono::milliseconds(2)), "gone"}), 3u);
  for (const char* bad : {"", "x", "1", "/"}) EXPECT_THROW((void)position_of(bad), ApiError) << bad;
}

TEST(LogStreams, AreThoseOfTheEvents) {
  const auto at = [](int ms) { return Time(std::chrono::milliseconds(ms)); };
  const auto streams = streams_of({{at(1), "b", "", ""}, {at(2), "a", "", ""}, {at(3), "b", "", ""}});
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams[0].name, "a");
  EXPECT_EQ(streams[1].first, at(1));
  EXPECT_EQ(streams[1].last, at(3));
}

}  // namespace
}  // namespace millrace::logs
