#include "api/kinesis/sequence_number.h"

#include <gtest/gtest.h>

namespace millrace::kinesis {
namespace {

TEST(SequenceNumber, SpellsAsAwsDoes) {
  // One that AWS made: the sample event in its documentation.
  const auto parsed = parse_sequence_number("49590338271490256608559692538361571095921575989136588898");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text(), "49590338271490256608559692538361571095921575989136588898");
  EXPECT_EQ(parsed->shard, 6u);
}

TEST(SequenceNumber, RoundTripsEveryPart) {
  for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40, kLastNumber})
    for (const std::uint32_t shard : {0u, 5u, 17u, 0x7fffffffu}) {
      const SequenceNumber s{1700000000, number, 1700000123, shard};
      const auto parsed = parse_sequence_number(s.text());
      ASSERT_TRUE(parsed) << s.text();
      EXPECT_EQ(parsed->created_s, s.created_s);
      EXPECT_EQ(parsed->number, s.number);
      EXPECT_EQ(parsed->arrival_s, s.arrival_s);
      EXPECT_EQ(parsed->shard, s.shard);
    }
}

TEST(SequenceNumber, SortsByCreationAndThenIndex) {
  const auto text = [](std::uint64_t created, std::uint64_t number, std::uint64_t arrival) {
    return SequenceNumber{created, number, arrival, 3}.text();
  };
  EXPECT_LT(text(1700000000, 1, 1700009999), text(1700000000, 2, 1700000001));
  EXPECT_LT(text(1700000000, kLastNumber, 1700009999), text(1700000001, 0, 1700000001));
}

TEST(SequenceNumber, RefusesWhatIsNone) {
  const std::string good = SequenceNumber{1700000000, 5, 1700000123, 2}.text();
  EXPECT_FALSE(parse_sequence_number(""));
  EXPECT_FALSE(parse_sequence_number("12345"));
  EXPECT_FALSE(parse_sequence_number(good + "0"));
  EXPECT_FALSE(parse_sequence_number("x" + good.substr(1)));
  EXPECT_FALSE(parse_sequence_number(std::string(56, '9')));
  std::string other = good;
  other.back() = other.back() == '4' ? '5' : '4';
  EXPECT_FALSE(parse_sequence_number(other));
}

TEST(SequenceNumber, OfEveryVersionOfAwsNamesItsShard) {
  // kinesalite's recordings, test/getShardIterator.js and test/putRecord.js, in hex there.
  const auto shard_of = [](const char* number) {
    const auto read = read_sequence_number(number);
    return read ? read->shard_id() + " v" + std::to_string(read->version) : "none";
  };
  EXPECT_EQ(shard_of("5"), "shardId-000000000005 v0");
  EXPECT_EQ(shard_of("49039857307708443467467104868809893875799651909875269634"), "shardId-000000000000 v2");
  EXPECT_EQ(shard_of("49039857307708443467467104868809893875799651909875269633"), "shardId-000000000000 v1");
  EXPECT_EQ(shard_of("49039857307708443467467104868809893875799651944235008002"), "shardId--02147483648 v2");
  for (const char* wrong :
       {"26227199374822427428162556223570313216", "49039857307708443467467104868809893875799651909875269632",
        "49039857307708443467467104868809893875799651909875269635",
        "1"
        "000000000000000000000000000000000000000000000000000000000000",
        "x", "5x"})
    EXPECT_EQ(shard_of(wrong), "none") << wrong;
  const SequenceNumber ours{1700000000, 5, 1700000123, 17};
  const auto read = read_sequence_number(ours.text());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->version, kSequenceNumberVersion);
  EXPECT_EQ(read->shard, 17);
  EXPECT_EQ(read->created_s, 1700000000u);
  EXPECT_EQ(read->arrival_s, 1700000123u);
}

TEST(SequenceNumbers, FollowOneAnotherAsSpelledOneByOne) {
  // Over the carry between the decimal limbs, many times.
  SequenceNumber s{1700000000, 999'990, 1700000123, 2};
  SequenceNumbers numbers(s);
  for (int i = 0; i < 5000; ++i, ++s.number) {
    std::string out(SequenceNumbers::kDigits, '\0');
    numbers.write_next(out.data());
    ASSERT_EQ(out, s.text()) << i;
  }
}

TEST(AppendedNumbers, SpellOneRunAfterTheOther) {
  storage::Appended appended;
  const Time early(std::chrono::seconds(1'700'000'000)), late(std::chrono::seconds(1'700'000'007));
  appended.runs.push_back({{5}, 2, early});
  appended.runs.push_back({{9}, 1, late});
  AppendedNumbers numbers(1'600'000'000, 3, appended);
  for (const auto& [index, arrival] : {std::pair(5, early), std::pair(6, early), std::pair(9, late)}) {
    std::string out(SequenceNumbers::kDigits, '\0');
    numbers.write_next(out.data());
    EXPECT_EQ(out, sequence_number(1'600'000'000, 3, {static_cast<std::uint64_t>(index)}, arrival).text());
  }
}

}  // namespace
}  // namespace millrace::kinesis
