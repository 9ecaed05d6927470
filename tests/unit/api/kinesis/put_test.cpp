// What PutRecord and PutRecords make of the answers of shards, each of which answers on its own.
#include "tests/unit/api/kinesis/service_fixture.h"
#include "tests/unit/storage/memory_test.h"

namespace millrace::kinesis {
namespace {

namespace asio = boost::asio;

// The hash keys of a stream of two shards.
constexpr const char* kLow = "0";
constexpr const char* kHigh = "340282366920938463463374607431768211455";

class SparseStore : public storage::MemoryTest {
 protected:
  SparseStore() : MemoryTest(true) {}
};

class PutTest : public ServiceOver<SparseStore> {
 protected:
  void SetUp() override {
    start();
    const Json made = call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 2}});
    ASSERT_TRUE(made.is_object()) << made;
  }

  static Json entry(const std::string& data, const char* hash_key) {
    return {{"PartitionKey", "k"}, {"ExplicitHashKey", hash_key}, {"Data", base64_encode(data)}};
  }
  static Json records(Json::array_t entries) { return {{"StreamName", "s"}, {"Records", entries}}; }
  storage::ShardId shard(std::uint32_t number) {
    return {service->streams.find("000000000000", "us-east-1", "s")->number, number};
  }
  // The sequence numbers of a shard's records, by their data.
  std::map<std::string, std::string> stored(const std::string& name) {
    std::map<std::string, std::string> out;
    std::string position = iterator("TRIM_HORIZON", Json::object(), name);
    const Json answer = call("GetRecords", {{"ShardIterator", position}});
    for (const Json& r : answer.at("Records"))
      EXPECT_TRUE(
          out.emplace(base64_decode(r.at("Data").get<std::string>()).value(), r.at("SequenceNumber")).second)
          << "a record is stored twice";
    return out;
  }
};

TEST_F(PutTest, TheNumbersInTheAnswerAreThoseThatAreRead) {
  Json::array_t entries;
  for (int i = 0; i < 20; ++i) entries.push_back(entry(std::to_string(i), i % 3 == 0 ? kHigh : kLow));
  const Json answer = call("PutRecords", records(entries));
  ASSERT_TRUE(answer.is_object()) << answer;
  EXPECT_EQ(answer.at("FailedRecordCount"), 0);
  auto numbers_of = stored("0");
  numbers_of.merge(stored("1"));
  ASSERT_EQ(numbers_of.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) {
    const Json& result = answer.at("Records").at(i);
    EXPECT_EQ(result.at("SequenceNumber"), numbers_of.at(std::to_string(i)));
    EXPECT_EQ(result.at("ShardId"), i % 3 == 0 ? "shardId-000000000001" : "shardId-000000000000");
  }
  put("single");
  const bool in_first = stored("0").contains("single");
  EXPECT_EQ(stored(in_first ? "0" : "1").at("single"), numbers.back());
}

TEST_F(PutTest, ReadingGoesOnFromEveryNumber) {
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    const std::string a = std::to_string(i) + "a", b = std::to_string(i) + "b";
    const Json answer = call("PutRecords", records({entry(a, kLow), entry(b, kLow)}));
    for (const Json& result : answer.at("Records")) numbers.push_back(result.at("SequenceNumber"));
    expected += a + b;
  }
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(data(iterator("AT_SEQUENCE_NUMBER", {{"StartingSequenceNumber", numbers[i]}})),
              expected.substr(2 * i));
    EXPECT_EQ(data(iterator("AFTER_SEQUENCE_NUMBER", {{"StartingSequenceNumber", numbers[i]}})),
              expected.substr(2 * i + 2));
  }
  EXPECT_EQ(data(iterator("LATEST")), "");
}

TEST_F(PutTest, RecordsOfAFailedShardFailAlone) {
  store.log().fail_appends(shard(1), storage::Error{storage::Errc::io, "no broker"});
  const Json answer = call("PutRecords", records({entry("a", kLow), entry("b", kHigh), entry("c", kLow)}));
  ASSERT_TRUE(answer.is_object()) << answer;
  EXPECT_EQ(answer.at("FailedRecordCount"), 1);
  EXPECT_EQ(answer.at("Records").at(1),
            (Json{{"ErrorCode", "InternalFailure"},
                  {"ErrorMessage", "The request failed because of an internal error of the server."}}));
  const auto numbers_of = stored("0");
  EXPECT_EQ(answer.at("Records").at(0).at("SequenceNumber"), numbers_of.at("a"));
  EXPECT_EQ(answer.at("Records").at(2).at("SequenceNumber"), numbers_of.at("c"));
}

TEST_F(PutTest, ARequestOfWhichNothingIsTakenFails) {
  for (const std::uint32_t number : {0u, 1u})
    store.log().fail_appends(shard(number), storage::Error{storage::Errc::busy, "full"});
  EXPECT_THROW((void)call("PutRecords", records({entry("a", kLow), entry("b", kHigh)})), StorageFailure);
  EXPECT_THROW((void)call("PutRecord",
                          [] {
                            Json one = entry("a", kLow);
                            one["StreamName"] = "s";
                            return one;
                          }()),
               StorageFailure);
}

TEST_F(PutTest, RecordsOfAClosedShardGoToItsChildrenAndTheOthersStay) {
  ASSERT_TRUE(run(log().close({shard(0)})));
  const auto puts =
      request("PutRecords", records({entry("a", kLow), entry("b", kHigh), entry("c", kLow)}).dump(),
              "000000000000", "application/x-amz-json-1.1");
  const auto split = request(
      "SplitShard", Json{{"StreamName", "s"}, {"ShardToSplit", "0"}, {"NewStartingHashKey", "5"}}.dump(),
      "000000000000", "application/x-amz-json-1.1");
  asio::io_context context;
  auto answer = asio::co_spawn(context, service->handle(*puts), asio::use_future);
  auto done = asio::co_spawn(context, service->handle(*split), asio::use_future);
  context.run();
  done.get();
  const Json results = Json::parse(std::get<std::string>(answer.get().body));
  EXPECT_EQ(results.at("FailedRecordCount"), 0);
  EXPECT_EQ(results.at("Records").at(0).at("ShardId"), "shardId-000000000002");
  EXPECT_EQ(results.at("Records").at(1).at("ShardId"), "shardId-000000000001");
  auto children = stored("2");
  EXPECT_EQ(results.at("Records").at(0).at("SequenceNumber"), children.at("a"));
  EXPECT_EQ(results.at("Records").at(2).at("SequenceNumber"), children.at("c"));
  EXPECT_EQ(results.at("Records").at(1).at("SequenceNumber"), stored("1").at("b"));
}

TEST_F(PutTest, ExpiredRecordsAreNotReadThoughTheyAreStored) {
  put("old");
  clock.advance(std::chrono::hours(24) + std::chrono::seconds(1));
  const Json one{{"StreamName", "s"}, {"PartitionKey", "k"}, {"Data", base64_encode("new")}};
  const std::string in = call("PutRecord", one).at("ShardId");
  EXPECT_EQ(data(iterator("TRIM_HORIZON", Json::object(), in)), "new");
}

}  // namespace
}  // namespace millrace::kinesis
