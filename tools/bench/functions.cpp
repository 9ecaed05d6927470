#include "tools/bench/functions.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tools/bench/connection.h"
#include "tools/bench/control.h"
#include "tools/bench/histogram.h"
#include "tools/bench/instance.h"
#include "tools/bench/machine.h"
#include "tools/bench/measure.h"
#include "tools/bench/process.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using std::chrono::steady_clock;

// index.py: def handler(event, context): return None. index.mjs: export const handler = async () => null;
// bootstrap: exec "$NOOP"
constexpr const char* kZip =
    "UEsDBBQAAAAAAAAAIQCuVry6LQAAAC0AAAAIAAAAaW5kZXgucHlkZWYgaGFuZGxlcihldmVudCwgY29udGV4dCk6CiAgICByZXR1cm4g"
    "Tm9uZQpQSwMEFAAAAAAAAAAhAMGpNkYpAAAAKQAAAAkAAABpbmRleC5tanNleHBvcnQgY29uc3QgaGFuZGxlciA9IGFzeW5jICgpID0+"
    "IG51bGw7ClBLAwQUAAAAAAAAACEArs/ighcAAAAXAAAACQAAAGJvb3RzdHJhcCMhL2Jpbi9zaApleGVjICIkTk9PUCIKUEsBAhQDFAAA"
    "AAAAAAAhAK5WvLotAAAALQAAAAgAAAAAAAAAAAAAAKQBAAAAAGluZGV4LnB5UEsBAhQDFAAAAAAAAAAhAMGpNkYpAAAAKQAAAAkAAAAA"
    "AAAAAAAAAKQBUwAAAGluZGV4Lm1qc1BLAQIUAxQAAAAAAAAAIQCuz+KCFwAAABcAAAAJAAAAAAAAAAAAAADtAaMAAABib290c3RyYXBQ"
    "SwUGAAAAAAMAAwCkAAAA4QAAAAAA";

struct Runtime {
  const char *name, *handler, *interpreter, *flag, *nothing;  // the last three: a program that does nothing
};
constexpr Runtime kRuntimes[] = {{"python3.11", "index.handler", "python3", "-c", "0"},
                                 {"nodejs20.x", "index.handler", "node", "-e", "0"},
                                 {"provided.al2023", "none", "sh", "-c", "exec true"}};

constexpr unsigned kShards = 2, kBatch = 100;
constexpr int kInvocations = 3000, kColdStarts = 7, kStreamReads = 5;
constexpr auto kStreamDeadline = 300s;

// Which is the function itself where no language is in the way (noop_function.h).
std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

double in_us(std::chrono::microseconds time) { return static_cast<double>(time.count()); }

// The times of `count` requests of one connection, one after the other; the first tenth is not counted.
asio::awaitable<void> time_requests(Connection& connection, const std::string& bytes, int count,
                                    Histogram& out) {
  for (int i = 0; i < count; ++i) {
    const auto begin = steady_clock::now();
    const boost::system::result<Message> answer = co_await connection.exchange(bytes);
    if (!answer) throw std::runtime_error(answer.error().message());
    if (answer->status() != 200)
      throw std::runtime_error(fmt::format("status {}: {}", answer->status(), answer->body.substr(0, 200)));
    if (i >= count / 10)
      out.add(std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin));
  }
}

Histogram time_requests(const Instance& instance, const std::string& bytes, int count) {
  Histogram out;
  asio::io_context context{1};
  std::exception_ptr failure;
  const auto work = [](asio::io_context& on, tcp::endpoint to, const std::string& what, int times,
                       Histogram& into) -> asio::awaitable<void> {
    Connection connection{tcp::socket(on)};
    if (const auto error = co_await connection.connect(to)) throw std::runtime_error(error.message());
    co_await time_requests(connection, what, times, into);
  };
  asio::co_spawn(context, work(context, instance.endpoint(), bytes, count, out),
                 [&](std::exception_ptr e) { failure = e; });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return out;
}

// The durations in the REPORT lines of a function's log, in ms.
std::vector<double> reported(const Instance& instance, const std::string& function) {
  std::vector<double> out;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(instance.data() / "functions" / "logs")) {
    if (entry.path().filename() != function + ".log") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      constexpr std::string_view kDuration = "\tDuration: ";
      const std::size_t at = line.find(kDuration);
      if (line.find("\tREPORT RequestId") != line.npos && at != line.npos)
        out.push_back(std::stod(line.substr(at + kDuration.size())));
    }
  }
  return out;
}

// How long a program that does nothing takes, from before its start to its end; the median.
double start_ms(const Runtime& runtime, const std::filesystem::path& directory) {
  const TemporaryDirectory scratch(directory);
  std::vector<double> times;
  for (int i = 0; i < kColdStarts; ++i) {
    const auto begin = steady_clock::now();
    Process process({"/usr/bin/env", runtime.interpreter, runtime.flag, runtime.nothing},
                    scratch.path() / "log");
    while (!process.ended()) pause_for(0ms);
    times.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count());
  }
  return median(times);
}

struct Outcome {
  double invoke_p50_us = 0, invoke_p99_us = 0, api_p50_us = 0, round_trip_p50_us = 0;
  double cold_ms = 0, interpreter_ms = 0;
  double stream_per_s = 0, read_100_per_s = 0, read_1000_per_s = 0;
};

// Of functions on one server.
class Bench {
 public:
  Bench(const Runtime& runtime, const Options& o)
      : runtime_(runtime),
        options_(o),
        instance_(Instance::millrace(
            o.fresh("", {"--function-directories", std::filesystem::path(this_program()).parent_path()}))),
        control_(instance_.endpoint(), instance_.host()) {}

  Outcome run() {
    Outcome out;
    create("warm");
    warm(out);
    cold(out);
    stream(out);
    instance_.stop();
    return out;
  }

 private:
  void create(const std::string& name) {
    control_.lambda("POST", "/2015-03-31/functions",
                    {{"FunctionName", name},
                     {"Runtime", runtime_.name},
                     {"Handler", runtime_.handler},
                     {"Role", "arn:aws:iam::000000000000:role/bench"},
                     {"MemorySize", 1024},
                     {"Environment", {{"Variables", {{"NOOP", this_program()}}}}},
                     {"Code", {{"ZipFile", kZip}}}});
  }
  [[nodiscard]] std::string invocation(const std::string& name) const {
    return rest_request(instance_.host(), "POST", "/2015-03-31/functions/" + name + "/invocations", "{}");
  }

  void warm(Outcome& out) {
    const Histogram invoke = time_requests(instance_, invocation("warm"), kInvocations);
    out.invoke_p50_us = in_us(invoke.quantile(0.5));
    out.invoke_p99_us = in_us(invoke.quantile(0.99));
    const std::string get =
        rest_request(instance_.host(), "GET", "/2015-03-31/functions/warm/configuration", "");
    out.api_p50_us = in_us(time_requests(instance_, get, kInvocations).quantile(0.5));
    out.round_trip_p50_us = median(reported(instance_, "warm")) * 1000;
  }

  // Each change of the configuration retires the worker, so that the next invocation starts one.
  void cold(Outcome& out) {
    std::vector<double> times;
    for (int i = 0; i < kColdStarts; ++i) {
      control_.lambda("PUT", "/2015-03-31/functions/warm/configuration",
                      {{"Description", std::to_string(i)}});
      const Histogram first = time_requests(instance_, invocation("warm"), 1);
      times.push_back(in_us(first.quantile(1)) / 1000);
    }
    out.cold_ms = median(times);
    out.interpreter_ms = start_ms(runtime_, options_.directory);
  }

  void stream(Outcome& out) {
    const std::string name = new_stream_name();
    control_.create_stream(name, kShards);
    fill(put_requests(scenario_named("put_records_500"), instance_.host(), name), options_.load.fill_mb,
         instance_);
    LoadOptions load = options_.load;
    load.connections = kShards;
    for (const std::uint32_t limit : {kBatch, 1000u}) {
      const Scenario scenario{fmt::format("get_records_{}", limit), Operation::kGetRecords, limit};
      LoadPlan plan = plan_of(scenario, instance_, load);
      plan.iterators = control_.first_iterators(name);
      (limit == kBatch ? out.read_100_per_s : out.read_1000_per_s) =
          run_load(std::move(plan), instance_, load.duration).records_per_s;
    }
    std::vector<double> rates;
    for (int i = 0; i < kStreamReads; ++i)
      rates.push_back(read_by_function(name, "mapped" + std::to_string(i)));
    out.stream_per_s = median(rates);
  }

  // Records a second that a new function takes from the stream's begin to its end.
  double read_by_function(const std::string& stream, const std::string& function) {
    create(function);
    const double records = control_.metric("millrace_kinesis_incoming_records_total");
    const double wanted = control_.metric("millrace_lambda_invocations_total") + records / kBatch;
    const auto begin = steady_clock::now();
    control_.lambda("POST", "/2015-03-31/event-source-mappings",
                    {{"EventSourceArn", "arn:aws:kinesis:us-east-1:000000000000:stream/" + stream},
                     {"FunctionName", function},
                     {"StartingPosition", "TRIM_HORIZON"},
                     {"BatchSize", kBatch}});
    while (control_.metric("millrace_lambda_invocations_total") < wanted) {
      if (steady_clock::now() > begin + kStreamDeadline)
        throw std::runtime_error("the stream was not read in time");
      pause_for(20ms);
    }
    return records / std::chrono::duration<double>(steady_clock::now() - begin).count();
  }

  const Runtime& runtime_;
  const Options& options_;
  Instance instance_;
  Control control_;
};

nlohmann::json json_of(const Runtime& runtime, const Outcome& o) {
  return {{"runtime", runtime.name},
          {"invoke_p50_us", o.invoke_p50_us},
          {"invoke_p99_us", o.invoke_p99_us},
          {"api_p50_us", o.api_p50_us},
          {"round_trip_p50_us", o.round_trip_p50_us},
          {"cold_ms", o.cold_ms},
          {"interpreter_ms", o.interpreter_ms},
          {"stream_records_per_s", o.stream_per_s},
          {"get_records_100_records_per_s", o.read_100_per_s},
          {"get_records_1000_records_per_s", o.read_1000_per_s}};
}

}  // namespace

Section functions_section(const Options& options) {
  Section section{.name = "functions", .json = nlohmann::json::array()};
  Table table{
      .title = "Functions that do nothing",
      .notes = {fmt::format("{}.", machine_line(options.directory)),
                fmt::format(
                    "One connection; an invocation beside a request that is answered from memory, and the "
                    "Runtime API's round trip as REPORT lines have it. A cold invocation beside the "
                    "interpreter's start and end. A stream of {} shards, 1 KiB records, {} a batch, the "
                    "median of 5, beside "
                    "GetRecords alone over {} connections.",
                    kShards, kBatch, kShards)},
      .header = {"runtime", "Invoke p50 us", "p99 us", "a plain request p50 us", "round trip p50 us",
                 "cold ms", "interpreter ms", "stream, records/s", "GetRecords 100", "GetRecords 1000"}};
  for (const Runtime& runtime : kRuntimes) {
    fmt::print(stderr, "functions: {}\n", runtime.name);
    try {
      const Outcome o = Bench(runtime, options).run();
      table.rows.push_back({runtime.name, number(o.invoke_p50_us), number(o.invoke_p99_us),
                            number(o.api_p50_us), number(o.round_trip_p50_us), number(o.cold_ms),
                            number(o.interpreter_ms), number(o.stream_per_s), number(o.read_100_per_s),
                            number(o.read_1000_per_s)});
      section.json.push_back(json_of(runtime, o));
    } catch (const std::exception& e) {
      const std::string what = e.what();
      if (what == "interrupted") throw;
      ++section.errors;
      table.notes.push_back(fmt::format("- {}: {}", runtime.name, what.substr(0, 300)));
    }
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace millrace::bench
