#include "api/kinesis/on_demand.h"

#include <gtest/gtest.h>

namespace millrace::kinesis {
namespace {

using std::chrono::days, std::chrono::seconds;
constexpr double kMiB = 1 << 20;
const Time kNow = Time(days(20000));

TEST(OnDemand, ShardsAreForTwiceThePeak) {
  EXPECT_EQ(shards_for({}, std::nullopt), 1u);
  EXPECT_EQ(shards_for(with_traffic({}, 3 * kMiB, 0, kNow), std::nullopt), 6u);
  EXPECT_EQ(shards_for(with_traffic({}, 3 * kMiB + 1, 0, kNow), std::nullopt), 7u);
  EXPECT_EQ(shards_for(with_traffic({}, 0, 4200, kNow), std::nullopt), 9u);
}

TEST(OnDemand, WarmThroughputIsTheLeast) {
  EXPECT_EQ(shards_for({}, 12), 12u);
  EXPECT_EQ(shards_for(with_traffic({}, 10 * kMiB, 0, kNow), 12), 20u);
}

TEST(OnDemand, APeakCountsForThirtyDays) {
  std::vector<Peak> peaks = with_traffic({}, 8 * kMiB, 0, kNow);
  peaks = with_traffic(peaks, kMiB, 10, kNow + days(30));
  EXPECT_EQ(shards_for(peaks, std::nullopt), 16u);
  peaks = with_traffic(peaks, kMiB, 10, kNow + days(31));
  EXPECT_EQ(shards_for(peaks, std::nullopt), 2u);
  EXPECT_LE(peaks.size(), 31u);
}

TEST(OnDemand, AWindowPassesByTheClock) {
  TrafficMeter meter;
  EXPECT_FALSE(meter.window_passed(kNow));
  EXPECT_FALSE(meter.window_passed(kNow + seconds(59)));
  EXPECT_TRUE(meter.window_passed(kNow + seconds(60)));
  EXPECT_FALSE(meter.window_passed(kNow + seconds(61)));
}

TEST(OnDemand, OnlyWhatIsNewCounts) {
  TrafficMeter meter;
  EXPECT_EQ(meter.grown(1, {100, 1}).bytes, 100u);
  EXPECT_EQ(meter.grown(1, {150, 3}).bytes, 50u);
  EXPECT_EQ(meter.grown(2, {7, 1}).records, 1u);
}

}  // namespace
}  // namespace millrace::kinesis
