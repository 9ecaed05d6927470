// Operations whose answers depend on the time, which these tests move.
#include "api/core/cbor.h"
#include "tests/unit/api/kinesis/service_fixture.h"

namespace millrace::kinesis {
namespace {

using namespace std::chrono_literals;

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

TEST_F(ServiceTest, ThePoliciesOfStreamsAndConsumersAreFoundByArn) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  const std::string stream = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const std::string consumer = call("RegisterStreamConsumer", {{"StreamARN", stream}, {"ConsumerName", "c"}})
                                   .at("Consumer")
                                   .at("ConsumerARN");
  EXPECT_EQ(service->policy_document(stream), nullptr);
  for (const std::string& arn : {stream, consumer})
    call("PutResourcePolicy",
         {{"ResourceARN", arn},
          {"Policy",
           R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":")" + arn + R"("}})"}});
  const auto held = service->policy_document(stream);
  ASSERT_NE(held, nullptr);
  EXPECT_NE(held->find(stream + "\""), std::string::npos);
  ASSERT_NE(service->policy_document(consumer), nullptr);
  EXPECT_NE(service->policy_document(consumer)->find(consumer), std::string::npos);
  for (const std::string& other : {consumer + "0", stream + "/consumer/d:1", stream + "t", std::string("s")})
    EXPECT_EQ(service->policy_document(other), nullptr) << other;
  call("DeleteResourcePolicy", {{"ResourceARN", stream}});
  EXPECT_EQ(service->policy_document(stream), nullptr);
  EXPECT_FALSE(held->empty()) << "whoever holds it can read on";
}

// The encoders by hand of the hot operations.
void expect_as_the_table_writes(const std::string& name, const std::string& json, const std::string& cbor) {
  const auto all = operations();
  const Operation& op = **std::find_if(all.begin(), all.end(), [&](auto* o) { return o->name == name; });
  EXPECT_EQ(op.recode_output(Json::parse(json)).dump(), json) << name;
  EXPECT_EQ(to_cbor(op.recode_output(parse_cbor_object(op.output, cbor)), op.output), cbor) << name;
}

TEST_F(ServiceTest, EncodersByHandWriteWhatTheTableWrites) {
  clock.set(1'700'000'000'007);
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 2}});
  const auto both = [&](const std::string& name, const Json& input) {
    const auto body = [&](std::string in, const char* type) {
      return std::get<std::string>(answer(name, std::move(in), "000000000000", type).body);
    };
    const std::string json = body(input.dump(), "application/x-amz-json-1.1");
    const std::string cbor = to_cbor(OrderedJson::parse(input.dump()), {});
    expect_as_the_table_writes(name, json, body(cbor, "application/x-amz-cbor-1.1"));
    return Json::parse(json);
  };
  const Json entry{{"Data", "AP/+"}, {"PartitionKey", "k\"\u00e9"}};
  both("PutRecord", {{"StreamName", "s"}, {"Data", ""}, {"PartitionKey", "k"}});
  both("PutRecords", {{"StreamName", "s"}, {"Records", Json::array({entry, entry, entry})}});
  std::size_t records = 0;
  for (const char* shard : {"0", "1"}) {
    const Json start = call("GetShardIterator",
                            {{"StreamName", "s"}, {"ShardId", shard}, {"ShardIteratorType", "TRIM_HORIZON"}});
    records += both("GetRecords", start).at("Records").size();
    both("GetRecords", {{"ShardIterator", iterator("LATEST")}});
  }
  EXPECT_EQ(records, 8u);
}

// What the decoders by hand do not take is decoded by the table, and so is all that has a member "~".
TEST_F(ServiceTest, DecodersByHandOfCborTakeWhatTheTableTakes) {
  call("CreateStream", {{"StreamName", "s"}, {"ShardCount", 1}});
  const auto outcome = [&](const std::string& name, const std::string& cbor) -> std::string {
    try {
      const std::string text =
          std::get<std::string>(answer(name, cbor, "000000000000", "application/x-amz-cbor-1.1").body);
      return parse_cbor(text).contains("EncryptionType") ? "sealed" : "put";
    } catch (const ApiError& e) {
      return e.code() + ": " + e.message();
    }
  };
  std::string body;
  const auto entry = [&](CborWriter& cbor, std::string_view data, std::string_view key) {
    cbor.text("Data");
    cbor.bytes(data);
    cbor.member("PartitionKey", key);
  };
  // `write` writes the members of a PutRecord, or of a record of PutRecords.
  const auto both = [&](const char* expected, const std::function<void(CborWriter&)>& write) {
    for (const bool many : {false, true}) {
      body.clear();
      CborWriter cbor(body);
      cbor.begin_map();
      cbor.member("StreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/s");
      if (many) {
        cbor.text("Records");
        cbor.list_of(1);
        cbor.begin_map();
      }
      write(cbor);
      if (many) cbor.end();
      cbor.end();
      const char* const name = many ? "PutRecords" : "PutRecord";
      const std::string by_hand = outcome(name, body);
      EXPECT_EQ(by_hand.substr(0, std::strlen(expected)), expected);
      EXPECT_EQ(outcome(name, "\xbf\x61~" + std::string(1, '\0') + body.substr(1)), by_hand) << name;
    }
  };
  both("put", [&](CborWriter& c) { entry(c, std::string_view("a\0\xff", 3), "k\xc3\xa9"); });
  both("put", [&](CborWriter& c) { entry(c, "", std::string(256, 'k')); });
  both("ValidationException", [&](CborWriter& c) { entry(c, "a", ""); });
  both("ValidationException", [&](CborWriter& c) { entry(c, "a", std::string(257, 'k')); });
  both("SerializationException", [&](CborWriter& c) { entry(c, "a", "\xff"); });
  both("SerializationException", [&](CborWriter& c) {
    entry(c, "a", "k");
    entry(c, "a", "k");
  });
  both("ValidationException", [&](CborWriter& c) { c.member("PartitionKey", "k"); });
  const std::string read = data(iterator("TRIM_HORIZON"));
  EXPECT_EQ(read, std::string("a\0\xff"
                              "a\0\xff"
                              "a\0\xff"
                              "a\0\xff",
                              12));
  EXPECT_EQ(outcome("PutRecords", body.substr(0, body.size() - 1)), "SerializationException: ");
  EXPECT_EQ(outcome("PutRecords", body + "\x01"), "SerializationException: ");
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
  EXPECT_TRUE(eventually([this] { return bytes_in_directory() < 6'000'000; }, 30s)) << bytes_in_directory();
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
