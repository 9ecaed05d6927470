#include "api/lambda/events/destination.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace::lambda {
namespace {

using nlohmann::ordered_json;

constexpr Time kNow{std::chrono::milliseconds(1769862896789)};  // 2026-01-31T12:34:56.789Z

struct Batch : ::testing::Test {
  Batch() {
    for (const std::uint64_t i : {1, 2})
      records.push_back(
          {{{i}, kNow - std::chrono::seconds(10 - i), "key", "hello"}, "4900000" + std::to_string(i)});
    batch.request_id = "11111111-2222-3333-4444-555555555555";
    batch.invocations = 3;
    batch.function_error = "Unhandled";
    batch.source = {"arn:s", "us-east-1", "role", "shardId-000000000000"};
    batch.stream_arn = "arn:s";
    batch.function_arn = "arn:f";
    batch.records = records;
  }
  std::vector<EventRecord> records;
  GivenUp batch{GivenUp::Why::retries_exhausted};
};

TEST_F(Batch, IsToldAsAwsDoes) {
  EXPECT_EQ(
      failure_notice(batch, kNow, false),
      R"({"requestContext":{"requestId":"11111111-2222-3333-4444-555555555555","functionArn":"arn:f",)"
      R"("condition":"RetryAttemptsExhausted","approximateInvokeCount":3},)"
      R"("responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},)"
      R"("version":"1.0","timestamp":"2026-01-31T12:34:56.789Z",)"
      R"("KinesisBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"49000001",)"
      R"("endSequenceNumber":"49000002","approximateArrivalOfFirstRecord":"2026-01-31T12:34:47.789Z",)"
      R"("approximateArrivalOfLastRecord":"2026-01-31T12:34:48.789Z","batchSize":2,"streamArn":"arn:s"}})");
}

TEST_F(Batch, OfRecordsThatAreTooOldHasNoResponse) {
  batch.why = GivenUp::Why::record_too_old;
  const auto notice = ordered_json::parse(failure_notice(batch, kNow, false));
  EXPECT_EQ(notice["requestContext"]["condition"], "RecordAgeExceeded");
  EXPECT_FALSE(notice.contains("responseContext"));
}

TEST_F(Batch, ReportedByTheFunctionHasNoFunctionError) {
  batch.function_error.reset();
  const auto notice = ordered_json::parse(failure_notice(batch, kNow, false));
  EXPECT_TRUE(notice["responseContext"]["functionError"].is_null());
}

TEST_F(Batch, WholeHasTheEventAsAnObject) {
  const auto notice = ordered_json::parse(failure_notice(batch, kNow, true));
  EXPECT_EQ(notice["payload"].dump(), kinesis_event(batch.source, records));
}

TEST_F(Batch, OfAWindowsEndHasItsState) {
  const WindowState window{kNow, kNow + std::chrono::seconds(60), R"({"sum":7})"};
  batch.records = {};
  batch.window = &window;
  const auto notice = ordered_json::parse(failure_notice(batch, kNow, false));
  EXPECT_EQ(notice["KinesisBatchInfo"]["batchSize"], 0);
  EXPECT_EQ(notice["payload"]["state"]["sum"], 7);
  EXPECT_EQ(notice["payload"]["isFinalInvokeForWindow"], true);
}

TEST(Destination, ObjectKeysAreThoseOfAws) {
  EXPECT_EQ(failure_object_key("uuid", "shardId-000000000001", kNow, "unique"),
            "aws/lambda/uuid/shardId-000000000001/2026/01/31/2026-01-31T12.34.56-unique");
}

TEST(Destination, IsABucketAStreamOrAUrl) {
  const auto parse = [](const char* text) { return parse_destination(text, "000000000000", "us-east-1"); };
  using Kind = Destination::Kind;
  EXPECT_EQ(parse("arn:aws:s3:::bucket").value().kind, Kind::bucket);
  EXPECT_EQ(parse("arn:aws:s3:::bucket").value().name, "bucket");
  EXPECT_EQ(parse("arn:aws:kinesis:us-east-1:000000000000:stream/s").value().kind, Kind::stream);
  EXPECT_EQ(parse("arn:aws:kinesis:us-east-1:000000000000:stream/s").value().name, "s");
  EXPECT_EQ(parse("https://example.org/x").value().kind, Kind::endpoint);
  EXPECT_EQ(parse("http://[::1]:80/x?y=z#w").value().kind, Kind::endpoint);
  for (const char* none :
       {"http://user@example.org/", "http://user:password@example.org", "http://example.org/a b", "http:///x",
        "http://example.org/\r\nX: y", "http://example.org/\x7f", "http://example.org\\@other.org/",
        "http://:80/", "", "arn:aws:s3:::", "arn:aws:s3:::bucket/key", "http://", "ftp://example.org",
        "arn:aws:sqs:us-east-1:000000000000:queue", "arn:aws:kinesis:us-east-1:111111111111:stream/s",
        "arn:aws:kinesis:eu-west-1:000000000000:stream/s",
        "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1"})
    EXPECT_FALSE(parse(none)) << none;
}

}  // namespace
}  // namespace millrace::lambda
