#include "tools/bench/floor_server.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "tools/bench/connection.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

using asio::ip::tcp;

struct Canned {
  std::string operation;
  std::string answer;
};
// The first is the one under load. Outlives the connections.
using CannedAnswers = std::vector<Canned>;

constexpr std::string_view kSequenceNumber = "49590338271490256608559692538361571095921575989136588898";

std::string answer(std::string_view body) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nx-amzn-RequestId: {:036x}\r\nContent-Type: application/x-amz-json-1.1\r\n"
      "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: {}\r\n\r\n{}",
      0, body.size(), body);
}

std::string put_fields(unsigned shard) {
  return fmt::format(R"({{"SequenceNumber":"{}","ShardId":"shardId-{:012}"}})", kSequenceNumber, shard);
}

std::string put_records_body(std::uint32_t records, unsigned shards) {
  std::string body = R"({"FailedRecordCount":0,"Records":[)";
  for (std::uint32_t i = 0; i < records; ++i) body += (i == 0 ? "" : ",") + put_fields(i % shards);
  return body + "]}";
}

std::string get_records_body(std::uint32_t records) {
  std::string body =
      fmt::format(R"({{"MillisBehindLatest":0,"NextShardIterator":"{:A>224}","Records":[)", "");
  for (std::uint32_t i = 0; i < records; ++i) {
    body += fmt::format(
        R"({}{{"ApproximateArrivalTimestamp":1767225600.123,"Data":"{}","PartitionKey":"key-{:016x}",)"
        R"("SequenceNumber":"{}"}})",
        i == 0 ? "" : ",", random_base64(i, kRecordBytes), i, kSequenceNumber);
  }
  return body + "]}";
}

std::string shards_body(unsigned shards) {
  std::string body = R"({"Shards":[)";
  for (unsigned i = 0; i < shards; ++i) {
    body += fmt::format(R"({}{{"ShardId":"shardId-{:012}"}})", i == 0 ? "" : ",", i);
  }
  return body + "]}";
}

CannedAnswers canned_answers(const FloorOptions& options) {
  const Scenario& scenario = scenario_named(options.scenario);
  const std::uint32_t read = options.answer_records > 0 ? options.answer_records : scenario.records;
  CannedAnswers answers;
  switch (scenario.operation) {
    case Operation::kPutRecord:
      answers.push_back({"PutRecord", answer(put_fields(0))});
      break;
    case Operation::kPutRecords:
      answers.push_back({"PutRecords", answer(put_records_body(scenario.records, options.shards))});
      break;
    case Operation::kGetRecords:
      answers.push_back({"GetRecords", answer(get_records_body(read))});
      break;
    case Operation::kUpdateItem:  // of no scenario that the floor is compared with
      break;
  }
  answers.push_back(
      {"DescribeStreamSummary", answer(R"({"StreamDescriptionSummary":{"StreamStatus":"ACTIVE"}})")});
  answers.push_back({"ListShards", answer(shards_body(options.shards))});
  answers.push_back({"GetShardIterator", answer(fmt::format(R"({{"ShardIterator":"{:A>224}"}})", ""))});
  answers.push_back({"", answer("{}")});  // whatever else: CreateStream, DeleteStream, GET /health/ready
  return answers;
}

const std::string& answer_to(std::string_view head, const CannedAnswers& answers) {
  constexpr std::string_view kTarget = "X-Amz-Target: Kinesis_20131202.";
  const std::size_t at = head.find(kTarget);
  if (at == head.npos) return answers.back().answer;
  std::string_view operation = head.substr(at + kTarget.size());
  operation = operation.substr(0, operation.find('\r'));
  for (const Canned& canned : answers) {
    if (canned.operation == operation) return canned.answer;
  }
  return answers.back().answer;
}

// Ends with its connection.
asio::awaitable<void> serve(tcp::socket socket, const CannedAnswers& answers) {
  Connection connection(std::move(socket));
  for (;;) {
    const boost::system::result<Message> request = co_await connection.read();
    if (!request) co_return;
    if (co_await connection.write(answer_to(request->head, answers))) co_return;
  }
}

using Contexts = std::vector<std::unique_ptr<asio::io_context>>;

// Hands the connections to the threads in turn.
asio::awaitable<void> listen(tcp::acceptor acceptor, const Contexts& contexts, const CannedAnswers& answers) {
  for (std::size_t next = 0;; ++next) {
    asio::io_context& context = *contexts[next % contexts.size()];
    auto [error, socket] = co_await acceptor.async_accept(context, asio::as_tuple(asio::use_awaitable));
    if (error) co_return;
    socket.set_option(tcp::no_delay(true), error);
    // Owned by its context, which is destroyed, with what waits on it, before the answers.
    asio::co_spawn(context, serve(std::move(socket), answers), asio::detached);
  }
}

}  // namespace

void run_floor_server(const FloorOptions& options) {
  const CannedAnswers answers = canned_answers(options);
  Contexts contexts;
  for (unsigned i = 0; i < options.threads; ++i) contexts.push_back(std::make_unique<asio::io_context>(1));

  tcp::acceptor acceptor(*contexts[0], {asio::ip::make_address("127.0.0.1"), options.port});
  asio::co_spawn(*contexts[0], listen(std::move(acceptor), contexts, answers), asio::detached);
  asio::signal_set signals(*contexts[0], SIGINT, SIGTERM);
  signals.async_wait([&contexts](auto...) {
    for (const auto& context : contexts) context->stop();
  });

  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < contexts.size(); ++i) {
    threads.emplace_back([&context = *contexts[i]] {
      const auto busy = asio::make_work_guard(context);
      context.run();
    });
  }
  contexts[0]->run();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace millrace::bench
