#include "api/lambda/mappings/batch.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/core/base64.h"

namespace millrace::lambda {
namespace {

const EventSource kSource{"arn:aws:kinesis:us-east-1:000000000000:stream/s", "us-east-1",
                          "arn:aws:iam::000000000000:role/r", "shardId-000000000003"};

std::string number(std::size_t i) {
  return "4959033827149025660855969253836157109592157598913658" + std::to_string(1000 + i);
}

std::vector<EventRecord> records(std::size_t count, std::string_view data = "hello") {
  std::vector<EventRecord> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back({{{i}, Time(std::chrono::milliseconds(1545084650987)), "key", data}, number(i)});
  return out;
}

TEST(KinesisEvent, HasTheKeysOfAwsInTheirOrder) {
  auto one = records(1);
  one[0].record.key = "a\"b\\c\n";
  EXPECT_EQ(
      kinesis_event(kSource, one),
      R"({"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"a\"b\\c\u000a",)"
      R"("sequenceNumber":")" +
          number(0) +
          R"(","data":"aGVsbG8=",)"
          R"("approximateArrivalTimestamp":1545084650.987},"eventSource":"aws:kinesis","eventVersion":"1.0",)"
          R"("eventID":"shardId-000000000003:)" +
          number(0) +
          R"(","eventName":"aws:kinesis:record",)"
          R"("invokeIdentityArn":"arn:aws:iam::000000000000:role/r","awsRegion":"us-east-1",)"
          R"("eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}]})");
}

TEST(KinesisEvent, ARecordWithoutAKeyHasNone) {
  auto one = records(1);
  one[0].record.key = "";
  EXPECT_TRUE(kinesis_event(kSource, one)
                  .starts_with(R"({"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","sequenceNumber":")"));
}

TEST(KinesisEvent, KeepsOrderAndBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const auto three = records(3, bytes);
  const auto event = nlohmann::json::parse(kinesis_event(kSource, three));
  ASSERT_EQ(event["Records"].size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(event["Records"][i]["kinesis"]["sequenceNumber"], number(i));
    EXPECT_EQ(base64_decode(event["Records"][i]["kinesis"]["data"].get<std::string>()), bytes);
  }
}

TEST(KinesisEvent, StopsBeforeTheRecordThatWouldNotFit) {
  const std::string data(100'000, 'x');
  const auto many = records(100, data);
  const std::size_t fit = records_that_fit(kSource, many);
  ASSERT_LT(fit, many.size());
  EXPECT_LE(kinesis_event(kSource, std::span(many).first(fit)).size(), kMaxBatchBytes);
  EXPECT_GT(kinesis_event(kSource, std::span(many).first(fit + 1)).size(), kMaxBatchBytes);
}

TEST(KinesisEvent, ARecordThatIsTooLargeGoesAlone) {
  const std::string data(8 << 20, 'x');
  EXPECT_EQ(records_that_fit(kSource, records(3, data)), 1u);
}

TEST(BatchAnswer, NothingNamedMeansAllDone) {
  const auto batch = records(4);
  for (const char* answer : {"", "null", "[]", "{}", "\"\"", R"({"batchItemFailures":[]})",
                             R"({"batchItemFailures":null})", R"({"other":1})"})
    EXPECT_EQ(read_batch_answer(answer, batch).settled, 4u) << answer;
}

TEST(BatchAnswer, TheLowestNumberNamedDecides) {
  const auto batch = records(4);
  const std::string answer = R"({"batchItemFailures":[{"itemIdentifier":")" + number(3) +
                             R"("},{"itemIdentifier":")" + number(1) + R"("}]})";
  EXPECT_EQ(read_batch_answer(answer, batch).settled, 1u);
}

TEST(BatchAnswer, WhatNamesNoRecordOfTheBatchFailsAllOfIt) {
  const auto batch = records(4);
  for (const std::string& item :
       {std::string(R"({"itemIdentifier":""})"), std::string(R"({"itemIdentifier":null})"),
        std::string(R"({"itemIdentifier":7})"), std::string(R"({"foo":"bar"})"), std::string("5"),
        R"({"itemIdentifier":")" + number(9) + R"("})"})
    EXPECT_EQ(read_batch_answer(R"({"batchItemFailures":[)" + item + "]}", batch).settled, 0u) << item;
  EXPECT_EQ(read_batch_answer("not json", batch).settled, 0u);
  EXPECT_EQ(read_batch_answer(R"({"batchItemFailures":"x"})", batch).settled, 0u);
}

TEST(TumblingWindow, IsTheOneOfTheEpochThatHoldsTheArrival) {
  using std::chrono::seconds;
  const WindowState w = window_of(Time(std::chrono::milliseconds(1769862896789)), seconds(60));
  EXPECT_EQ(w.start, Time(seconds(1769862840)));
  EXPECT_EQ(w.end, Time(seconds(1769862900)));
  EXPECT_EQ(window_of(w.end, seconds(60)).start, w.end);
  EXPECT_EQ(w.state, "{}");
}

TEST(TumblingWindow, StandsInTheEventBehindTheRecords) {
  WindowState w = window_of(Time(std::chrono::milliseconds(1769862896789)), std::chrono::seconds(60));
  w.state = R"({"1":"282"})";
  const std::string tail =
      R"("window":{"start":"2026-01-31T12:34:00Z","end":"2026-01-31T12:35:00Z"},"state":{"1":"282"},)"
      R"("shardId":"shardId-000000000003","eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s",)";
  EXPECT_EQ(kinesis_event(kSource, {}, {&w, true}),
            R"({"Records":[],)" + tail + R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false})");
  const std::string with_records = kinesis_event(kSource, records(1), {&w, false});
  EXPECT_TRUE(with_records.ends_with("]," + tail +
                                     R"("isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false})"));
}

TEST(TumblingWindow, IsTerminatedEarlyByALargeState) {
  WindowState w;
  w.state = R"({"x":")" + std::string(kMaxWindowStateBytes, 'x') + R"("})";
  EXPECT_TRUE(kinesis_event(kSource, {}, {&w, true}).ends_with(R"("isWindowTerminatedEarly":true})"));
}

TEST(TumblingWindow, ItsStateTakesRoomInTheEvent) {
  const std::string data(100'000, 'x');
  const auto many = records(100, data);
  WindowState w;
  w.state = R"({"x":")" + std::string(kMaxWindowStateBytes / 2, 'x') + R"("})";
  const EventWindow window{&w, false};
  const std::size_t fit = records_that_fit(kSource, many, window);
  EXPECT_LT(fit, records_that_fit(kSource, many));
  EXPECT_LE(kinesis_event(kSource, std::span(many).first(fit), window).size(), kMaxBatchBytes);
}

TEST(TumblingWindow, AnAnswerMustHaveAState) {
  EXPECT_EQ(read_window_answer(R"({"state":{"a": 1},"batchItemFailures":[]})"), R"({"a":1})");
  EXPECT_EQ(read_window_answer(R"({"state":{}})"), "{}");
  for (const char* none :
       {"", "null", "{}", R"({"state":null})", R"({"state":[1]})", R"({"state":"x"})", "not json"})
    EXPECT_EQ(read_window_answer(none), std::nullopt) << none;
}

TEST(RetryPause, DoublesUpToAMinute) {
  using std::chrono::milliseconds;
  EXPECT_EQ(retry_pause(1, 0), milliseconds(1000));
  EXPECT_EQ(retry_pause(2, 0), milliseconds(2000));
  EXPECT_EQ(retry_pause(7, 0), milliseconds(60000));
  EXPECT_EQ(retry_pause(1000, 0), milliseconds(60000));
  EXPECT_GE(retry_pause(1, 0.999), milliseconds(500));
}

}  // namespace
}  // namespace millrace::lambda
