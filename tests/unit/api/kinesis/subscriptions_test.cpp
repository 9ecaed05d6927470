#include "api/kinesis/subscriptions.h"

#include <gtest/gtest.h>

namespace millrace::kinesis {
namespace {

using std::chrono::seconds;
const Time kNow = Time(seconds(1'000'000));

TEST(Subscriptions, ASecondWithinFiveSecondsIsRefused) {
  Subscriptions all;
  const auto first = all.take("c", {1, 0}, kNow);
  ASSERT_TRUE(first);
  EXPECT_FALSE(all.take("c", {1, 0}, kNow + std::chrono::milliseconds(4999)));
  EXPECT_FALSE(*first);
}

TEST(Subscriptions, ALaterOneTakesOver) {
  Subscriptions all;
  const auto first = all.take("c", {1, 0}, kNow);
  const auto second = all.take("c", {1, 0}, kNow + seconds(5));
  ASSERT_TRUE(second);
  EXPECT_TRUE(*first);
  EXPECT_FALSE(*second);
}

TEST(Subscriptions, OtherShardsAndConsumersHavePlacesOfTheirOwn) {
  Subscriptions all;
  const auto first = all.take("c", {1, 0}, kNow);
  EXPECT_TRUE(all.take("c", {1, 1}, kNow));
  EXPECT_TRUE(all.take("d", {1, 0}, kNow));
  EXPECT_FALSE(*first);
}

TEST(Subscriptions, ADeregisteredConsumerHasNone) {
  Subscriptions all;
  const auto first = all.take("c", {1, 0}, kNow);
  all.forget("c");
  EXPECT_TRUE(all.take("c", {1, 0}, kNow));
  EXPECT_FALSE(*first);
}

TEST(Subscriptions, AClockThatWentBackRefusesNobody) {
  Subscriptions all;
  EXPECT_TRUE(all.take("c", {1, 0}, kNow));
  EXPECT_TRUE(all.take("c", {1, 0}, kNow - seconds(100)));
}

}  // namespace
}  // namespace millrace::kinesis
