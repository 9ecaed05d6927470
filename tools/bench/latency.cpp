#include "tools/bench/latency.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "tools/bench/connection.h"
#include "tools/bench/control.h"
#include "tools/bench/histogram.h"
#include "tools/bench/instance.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr unsigned kPutsPerSecond = 200;
constexpr auto kLastRecordDeadline = 10s;

enum class Reader { kGetRecords, kSubscribeToShard };

// A stream of one shard, so that the records are read in the order in which they were put: the n-th that is
// read is the n-th that was put. One thread.
struct Run {
  tcp::endpoint endpoint;
  std::string host;
  std::string stream;
  std::size_t puts;

  asio::io_context context{1};
  std::vector<steady_clock::time_point> sent;
  std::size_t seen = 0;
  Histogram put;      // until the put is answered
  Histogram visible;  // from the put's beginning until the reader has the record
  std::string trouble;

  void fail(const std::string& what) {
    if (trouble.empty()) trouble = what;
    context.stop();
  }
  void see(std::uint64_t records) {
    const auto now = steady_clock::now();
    for (; records > 0 && seen < sent.size(); --records, ++seen) visible.add(in_us(now - sent[seen]));
    if (records > 0) fail("more records were read than put");
    if (seen == puts) context.stop();
  }
  static std::chrono::microseconds in_us(steady_clock::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time);
  }
};

asio::awaitable<void> produce(Run& run) {
  const auto requests = put_requests(scenario_named("put_record"), run.host, run.stream);
  Connection connection{tcp::socket(run.context)};
  if (const error_code error = co_await connection.connect(run.endpoint)) co_return run.fail(error.message());
  asio::steady_timer timer(run.context);
  auto due = steady_clock::now();
  for (std::size_t i = 0; i < run.puts; ++i, due += 1'000'000us / kPutsPerSecond) {
    timer.expires_at(due);
    co_await timer.async_wait(asio::use_awaitable);
    const auto sent = steady_clock::now();
    run.sent.push_back(sent);
    const boost::system::result<Message> answer = co_await connection.exchange(requests[i % requests.size()]);
    if (!answer) co_return run.fail("PutRecord: " + answer.error().message());
    if (answer->status() != 200) co_return run.fail(fmt::format("PutRecord: status {}", answer->status()));
    run.put.add(Run::in_us(steady_clock::now() - sent));
  }
}

asio::awaitable<void> poll(Run& run, std::string iterator) {
  constexpr std::uint32_t kLimit = 1000;
  Connection connection{tcp::socket(run.context)};
  if (const error_code error = co_await connection.connect(run.endpoint)) co_return run.fail(error.message());
  for (;;) {
    const std::string bytes = get_records_request(run.host, iterator, kLimit);
    const boost::system::result<Message> answer = co_await connection.exchange(bytes);
    if (!answer) co_return run.fail("GetRecords: " + answer.error().message());
    if (answer->status() != 200) co_return run.fail(fmt::format("GetRecords: status {}", answer->status()));
    const GetRecordsAnswer read = get_records_answer(answer->body);
    run.see(read.records);
    iterator = read.next;
  }
}

// Counts the records in an event stream by their keys, whose name base64 cannot hold. The name does not cross
// the border of two chunks of HTTP, since an event is sent in one; it may cross that of two reads.
asio::awaitable<void> subscribe(Run& run, std::string request_bytes) {
  constexpr std::string_view kKey = "\"PartitionKey\"";
  tcp::socket socket(run.context);
  constexpr auto kAsValues = asio::as_tuple(asio::use_awaitable);
  auto [error] = co_await socket.async_connect(run.endpoint, kAsValues);
  if (error) co_return run.fail(error.message());
  socket.set_option(tcp::no_delay(true), error);
  co_await asio::async_write(socket, asio::buffer(request_bytes), asio::use_awaitable);
  std::string text;
  std::vector<char> buffer(64 * 1024);
  bool started = false;
  for (;;) {
    const auto [failed, bytes] = co_await socket.async_read_some(asio::buffer(buffer), kAsValues);
    if (failed) co_return run.fail("SubscribeToShard: " + failed.message());
    text.append(buffer.data(), bytes);
    if (!started) {
      if (text.find("\r\n\r\n") == text.npos) continue;
      if (!text.starts_with("HTTP/1.1 200")) co_return run.fail("SubscribeToShard: " + text.substr(0, 300));
      started = true;
      asio::co_spawn(run.context, produce(run), asio::detached);
    }
    std::uint64_t records = 0;
    std::size_t end = 0;
    for (std::size_t at = text.find(kKey); at != text.npos; at = text.find(kKey, end)) {
      ++records;
      end = at + kKey.size();
    }
    text.erase(0, std::max(end, text.size() - std::min(text.size(), kKey.size() - 1)));
    run.see(records);
  }
}

std::string subscription(Control& control, const Run& run, const std::string& shard) {
  const auto summary = control.call("DescribeStreamSummary", {{"StreamName", run.stream}});
  const std::string arn = summary.at("StreamDescriptionSummary").at("StreamARN");
  const auto consumer =
      control.call("RegisterStreamConsumer", {{"StreamARN", arn}, {"ConsumerName", "bench"}}).at("Consumer");
  const nlohmann::json input = {{"ConsumerARN", consumer.at("ConsumerARN")},
                                {"ShardId", shard},
                                {"StartingPosition", {{"Type", "TRIM_HORIZON"}}}};
  return request(run.host, "SubscribeToShard", input.dump());
}

void measure_latency(Run& run, Control& control, Reader reader) {
  control.create_stream(run.stream, 1);
  const std::string shard = control.shards(run.stream)[0].id;
  if (reader == Reader::kGetRecords) {
    asio::co_spawn(run.context, poll(run, control.first_iterators(run.stream)[0]), asio::detached);
    asio::co_spawn(run.context, produce(run), asio::detached);
  } else {
    asio::co_spawn(run.context, subscribe(run, subscription(control, run, shard)), asio::detached);
  }
  run.context.run_for(std::chrono::seconds(run.puts / kPutsPerSecond) + kLastRecordDeadline);
  if (run.seen < run.puts && run.trouble.empty()) {
    run.trouble = fmt::format("{} of {} records were not seen in time", run.puts - run.seen, run.puts);
  }
}

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

}  // namespace

Section latency_section(const Options& options) {
  Section section{.name = "latency", .json = nlohmann::json::array()};
  Table table{
      .title = "From put to visible",
      .notes = {fmt::format(
          "One producer, {} PutRecord of 1 KiB a second, one shard, {} s; from before the put "
          "is sent until the reader has the record.",
          kPutsPerSecond, options.load.duration.count())},
      .header = {"durability", "reader", "visible p50 ms", "p99 ms", "put p50 ms", "p99 ms", "records"},
      .names = 2};
  for (const std::string durability : {"fsync", "os"}) {
    for (const Reader reader : {Reader::kGetRecords, Reader::kSubscribeToShard}) {
      const std::string name = reader == Reader::kGetRecords ? "GetRecords in a loop" : "SubscribeToShard";
      fmt::print(stderr, "latency: {}, {}\n", durability, name);
      Instance instance = Instance::millrace(options.fresh(durability));
      Run run{.endpoint = instance.endpoint(),
              .host = instance.host(),
              .stream = new_stream_name(),
              .puts = kPutsPerSecond * static_cast<std::size_t>(options.load.duration.count())};
      Control control(instance.endpoint(), instance.host());
      measure_latency(run, control, reader);
      if (!run.trouble.empty()) {
        ++section.errors;
        table.notes.push_back(fmt::format("- {}, {}: {}", durability, name, run.trouble));
        fmt::print(stderr, "  {}\n", run.trouble);
      }
      const auto ms = [](const Histogram& of, double share) { return in_ms(of.quantile(share)); };
      table.rows.push_back({durability, name, number(ms(run.visible, 0.5)), number(ms(run.visible, 0.99)),
                            number(ms(run.put, 0.5)), number(ms(run.put, 0.99)), std::to_string(run.seen)});
      section.json.push_back({{"durability", durability},
                              {"reader", name},
                              {"visible_p50_ms", ms(run.visible, 0.5)},
                              {"visible_p99_ms", ms(run.visible, 0.99)},
                              {"put_p50_ms", ms(run.put, 0.5)},
                              {"put_p99_ms", ms(run.put, 0.99)},
                              {"records", run.seen},
                              {"trouble", run.trouble}});
      instance.kill();  // a subscription would hold an orderly end up
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace millrace::bench
