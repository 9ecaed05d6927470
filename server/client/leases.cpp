#include "server/client/leases.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdio>
#include <thread>
#include <tuple>

#include "server/client/json_service.h"
#include "server/client/lease_lag.h"
#include "server/client/lease_report.h"

namespace millrace {

namespace asio = boost::asio;
using Json = nlohmann::json;

namespace {

constexpr int kLeasesPerPage = 1000;
constexpr std::size_t kLagThreads = 8;
constexpr std::size_t kNamedTables = 20;

class LeaseReader {
 public:
  explicit LeaseReader(const LeasesSettings& settings)
      : settings_(settings),
        tables_(JsonService::kDynamoDb, settings),
        streams_(JsonService::kKinesis, settings) {}

  LeaseLook look() {
    try {
      return look_again();
    } catch (const Json::exception&) {
      throw std::runtime_error(settings_.url + " answered in an unknown form; is it a Millrace server?");
    }
  }

 private:
  LeaseLook look_again() {
    const std::vector<Lease> leases = scan();
    const auto now = CounterWatch::Clock::now();
    watch_.look(leases, now);
    LeaseLook look{settings_.application, "", std::chrono::system_clock::now(), {}};
    const bool unnamed = std::ranges::any_of(leases, [](const Lease& lease) { return lease.stream.empty(); });
    if (unnamed || !settings_.stream.empty()) look.stream = stream_of_application();
    const std::vector<Lag> lags = lags_of(leases, look.stream);
    for (std::size_t i = 0; i < leases.size(); ++i)
      look.rows.push_back({leases[i], lags[i], watch_.silence_of(leases[i])});
    return look;
  }

  // In the order of streams and shards.
  std::vector<Lease> scan() {
    check_table();
    std::vector<Lease> leases;
    Json input = {{"TableName", settings_.application}, {"ConsistentRead", true}, {"Limit", kLeasesPerPage}};
    for (;;) {
      Json page = tables_.call("Scan", input);
      for (const Json& item : page.at("Items"))
        if (auto lease = lease_of(item)) leases.push_back(*std::move(lease));
      const auto last = page.find("LastEvaluatedKey");
      if (last == page.end()) break;
      input["ExclusiveStartKey"] = std::move(*last);
    }
    std::ranges::sort(leases, [](const Lease& a, const Lease& b) {
      return std::tie(a.stream, a.shard, a.key) < std::tie(b.stream, b.shard, b.key);
    });
    return leases;
  }

  void check_table() {
    Json answer;
    try {
      answer = tables_.call("DescribeTable", {{"TableName", settings_.application}});
    } catch (const ServiceError& e) {
      if (e.code() != "ResourceNotFoundException") throw;
      throw std::runtime_error(no_table());
    }
    const std::string key = answer.at("Table").at("KeySchema").at(0).at("AttributeName");
    if (key != "leaseKey")
      throw std::runtime_error("the table " + settings_.application +
                               " is not a lease table of the Kinesis Client Library: its key is " + key +
                               ", not leaseKey");
  }

  std::string no_table() {
    return "there is no table " + settings_.application + " at " + settings_.url + " (access key " +
           settings_.access_key + ", region " + settings_.region +
           "). The lease table of an application has the application's name, unless the application sets "
           "another (tableName). " +
           existing_tables();
  }
  std::string existing_tables() {
    const Json names = tables_.call("ListTables", {{"Limit", kNamedTables}}).at("TableNames");
    if (names.empty()) return "There are no tables";
    std::string text;
    for (const Json& name : names) text += (text.empty() ? "Tables: " : ", ") + name.get<std::string>();
    return text + (names.size() == kNamedTables ? ", ..." : "");
  }

  // Empty: unknown.
  std::string stream_of_application() {
    const std::string& name = settings_.stream.empty() ? settings_.application : settings_.stream;
    try {
      (void)streams_.call("DescribeStreamSummary", {{"StreamName", name}});
      return name;
    } catch (const ServiceError& e) {
      if (!settings_.stream.empty()) throw std::runtime_error("--stream " + name + ": " + e.what());
      // An application may have a name that a stream cannot have.
      if (e.code() != "ResourceNotFoundException" && e.code() != "ValidationException") throw;
      return "";
    }
  }

  std::vector<Lag> lags_of(const std::vector<Lease>& leases, const std::string& stream) {
    std::vector<Lag> lags(leases.size());
    asio::thread_pool pool(std::min(kLagThreads, leases.size() + 1));
    for (std::size_t i = 0; i < leases.size(); ++i)
      asio::post(pool, [&, i] {
        const Lease& lease = leases[i];
        lags[i] = lag_of(lease, lease.stream.empty() ? stream : lease.stream, streams_);
      });
    pool.join();
    return lags;
  }

  const LeasesSettings settings_;
  JsonService tables_, streams_;
  CounterWatch watch_;
};

void print(const LeaseLook& look, const LeasesSettings& settings) {
  const std::string text =
      settings.json
          ? json_of(look).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"
          : text_of(look, settings.watch_s.has_value());
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

int show_leases(const LeasesSettings& settings) {
  LeaseReader reader(settings);
  auto next = std::chrono::steady_clock::now();
  print(reader.look(), settings);
  if (!settings.watch_s) return 0;
  for (int looks = 1; !settings.looks || looks < *settings.looks; ++looks) {
    next = std::max(next + std::chrono::seconds(*settings.watch_s), std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next);
    try {
      const LeaseLook look = reader.look();
      if (!settings.json) std::fputs("\n", stdout);
      print(look, settings);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "millrace: %s\n", e.what());
    }
  }
  return 0;
}

}  // namespace millrace
