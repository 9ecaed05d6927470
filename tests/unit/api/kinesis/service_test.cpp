// Operations whose answers depend on the time, which these tests move.
#include "api/kinesis/service.h"

#include "tests/unit/storage/rocksdb/fixture.h"

namespace millrace::kinesis {
namespace {

using namespace std::chrono_literals;

class ServiceTest : public storage::StoreTest {
 protected:
  void SetUp() override {
    open();
    start();
  }

  void start() {
    service = std::make_unique<Kinesis>(store->log(), store->catalog(), clock, probes, KinesisOptions{});
    run(service->streams.keep_seal());
  }

  // The answer, or the error as "Code: text".
  Json call(const std::string& operation, const Json& body) {
    Request request;
    request.id = "id";
    request.caller = {"000000000000", "us-east-1", "key"};
    request.http.method = "POST";
    request.http.target = "/";
    request.http.headers.add("Content-Type", "application/x-amz-json-1.1");
    request.http.headers.add("X-Amz-Target", "Kinesis_20131202." + operation);
    request.http.headers.add("X-Amz-Date", "20260101T000000Z");
    request.http.headers.add("Authorization",
                             "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/kinesis/aws4_request, "
                             "SignedHeaders=host, Signature=0");
    request.http.body = body.dump();
    try {
      const HttpResponse response = run(service->handle(request));
      const std::string& text = std::get<std::string>(response.body);
      return text.empty() ? Json::object() : Json::parse(text);
    } catch (const ApiError& e) {
      return e.code() + ": " + e.message();
    }
  }
  void put(const std::string& data) {
    const Json put =
        call("PutRecord", {{"StreamName", "s"}, {"PartitionKey", "k"}, {"Data", base64_encode(data)}});
    ASSERT_TRUE(put.is_object()) << put;
    numbers.push_back(put.at("SequenceNumber"));
  }
  std::string iterator(const std::string& type, Json more = Json::object()) {
    more.update(Json{{"StreamName", "s"}, {"ShardId", "0"}, {"ShardIteratorType", type}});
    return call("GetShardIterator", more).at("ShardIterator");
  }
  std::string data(const std::string& position) {
    std::string all;
    const Json answer = call("GetRecords", {{"ShardIterator", position}});
    for (const Json& r : answer.at("Records")) all += base64_decode(r.at("Data").get<std::string>()).value();
    return all;
  }

  Probes probes;
  std::unique_ptr<Kinesis> service;
  std::vector<std::string> numbers;
};

TEST_F(ServiceTest, IteratorsLiveForFiveMinutes) {
  clock.set(1'421'889'722'000);
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  const std::string position = iterator("LATEST");
  clock.advance(300s);
  EXPECT_EQ(data(position), "");
  clock.advance(1s);
  EXPECT_EQ(
      call("GetRecords", {{"ShardIterator", position}}),
      "ExpiredIteratorException: Iterator expired. The iterator was created at time Thu Jan 22 01:22:02 "
      "UTC 2015 while right now it is Thu Jan 22 01:27:03 UTC 2015 which is further in the future than "
      "the tolerated delay of 300000 milliseconds.");
}

TEST_F(ServiceTest, TokensOfListShardsLiveForFiveMinutes) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 3}});
  const std::string token = call("ListShards", {{"StreamName", "s"}, {"MaxResults", 1}}).at("NextToken");
  clock.advance(300s);
  EXPECT_EQ(call("ListShards", {{"NextToken", token}}).at("Shards").size(), 2u);
  clock.advance(1s);
  EXPECT_EQ(call("ListShards", {{"NextToken", token}}),
            "ExpiredNextTokenException: The pagination token has expired.");
}

TEST_F(ServiceTest, LagIsTheAgeOfTheNextRecord) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  clock.advance(1500ms);
  put("b");
  clock.advance(250ms);
  const auto lag = [&](int limit) {
    return call("GetRecords", {{"ShardIterator", iterator("TRIM_HORIZON")}, {"Limit", limit}})
        .at("MillisBehindLatest");
  };
  EXPECT_EQ(lag(1), 250);
  EXPECT_EQ(lag(2), 0);
  clock.advance(-10s);  // the machine's clock may jump
  EXPECT_EQ(lag(1), 0);
}

TEST_F(ServiceTest, ArrivalTimesHaveMilliseconds) {
  clock.set(1'700'000'000'007);
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  const Json answer = call("GetRecords", {{"ShardIterator", iterator("TRIM_HORIZON")}});
  EXPECT_EQ(answer.at("Records")[0].at("ApproximateArrivalTimestamp").dump(), "1700000000.007");
}

TEST_F(ServiceTest, RetentionTrimsWhatIsTooOldAndFollowsItsChanges) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  clock.advance(20h);
  put("b");
  clock.advance(3h);
  run(service->enforce_retention());
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "ab");
  clock.advance(2h);
  run(service->enforce_retention());
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "b");
  EXPECT_EQ(data(iterator("AT_SEQUENCE_NUMBER", {{"StartingSequenceNumber", numbers[0]}})), "b")
      << "reads from the trim point";
  EXPECT_EQ(data(iterator("AT_TIMESTAMP", {{"Timestamp", 1}})), "b");
  call("IncreaseStreamRetentionPeriod", {{"StreamName", "s"}, {"RetentionPeriodHours", 48}});
  clock.advance(30h);
  run(service->enforce_retention());
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "b");
  call("DecreaseStreamRetentionPeriod", {{"StreamName", "s"}, {"RetentionPeriodHours", 30}});
  run(service->enforce_retention());
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "");
  put("c");
  EXPECT_EQ(data(iterator("TRIM_HORIZON")), "c");
  EXPECT_EQ(data(iterator("AFTER_SEQUENCE_NUMBER", {{"StartingSequenceNumber", numbers[1]}})), "c");
}

TEST_F(ServiceTest, TheDiskSpaceOfTrimmedRecordsIsReturned) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  std::string big(100'000, 'x');
  for (std::size_t i = 0; i < 200; ++i) {
    std::generate(big.begin(), big.end(), [n = i]() mutable { return static_cast<char>(n = n * 31 + 7); });
    put(big);
  }
  EXPECT_GT(bytes_in_directory(), 19'000'000u);
  clock.advance(25h);
  run(service->enforce_retention());
  EXPECT_TRUE(eventually([this] { return bytes_in_directory() < 5'000'000; })) << bytes_in_directory();
}

TEST_F(ServiceTest, ADeletionThatACrashCutShortIsFinished) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  const StreamPtr stream = service->streams.all().at(0);
  run(service->streams.remove(stream));  // and then the process died
  reopen();
  start();
  ASSERT_EQ(bounds({stream->number, 0}).next, storage::Index{1});
  run(service->enforce_retention());
  EXPECT_EQ(bounds({stream->number, 0}).next, storage::Index{0});
  EXPECT_TRUE(service->streams.deleted().empty());
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  EXPECT_GT(service->streams.all().at(0)->number, stream->number) << "numbers are never used again";
}

TEST_F(ServiceTest, ARecordOnItsWayToADeletedStreamIsRefused) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  put("a");
  // As between PutRecord's look at the stream and its append.
  const std::uint64_t number = service->streams.all().at(0)->number;
  run(log().drop(number));
  EXPECT_EQ(call("PutRecord", {{"StreamName", "s"}, {"PartitionKey", "k"}, {"Data", ""}}),
            "ResourceNotFoundException: Stream s under account 000000000000 not found.");
}

}  // namespace
}  // namespace millrace::kinesis
