#include "tools/bench/acknowledged.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/bench/connection.h"
#include "tools/bench/control.h"
#include "tools/bench/process.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr unsigned kConnections = 4;
constexpr unsigned kEmptyAnswers = 3;  // that many in a row are the end of a shard

std::uint64_t hash_of(const nlohmann::json& shard, const nlohmann::json& sequence_number) {
  return std::hash<std::string>()(shard.get<std::string>() + " " + sequence_number.get<std::string>());
}

// Ends at the first request that is not answered.
asio::awaitable<void> put(const std::vector<std::string>& requests, std::size_t first,
                          asio::ip::tcp::endpoint endpoint, Acknowledged& acknowledged) {
  Connection connection{asio::ip::tcp::socket(co_await asio::this_coro::executor)};
  if (co_await connection.connect(endpoint)) co_return;
  for (std::size_t i = first;; ++i) {
    const boost::system::result<Message> answer = co_await connection.exchange(requests[i % requests.size()]);
    if (!answer) co_return;
    if (answer->status() != 200) continue;
    const auto body = nlohmann::json::parse(answer->body);
    for (const auto& record : body.at("Records")) {
      if (!record.contains("SequenceNumber")) continue;  // refused
      acknowledged.insert(hash_of(record.at("ShardId"), record.at("SequenceNumber")));
    }
  }
}

}  // namespace

Acknowledged put_until_killed(const std::string& stream, Instance& instance,
                              std::chrono::milliseconds duration) {
  const auto requests = put_requests(scenario_named("put_records_100"), instance.host(), stream);
  Acknowledged acknowledged;
  asio::io_context context(1);
  for (unsigned i = 0; i < kConnections; ++i) {
    asio::co_spawn(context, put(requests, 2 * i, instance.endpoint(), acknowledged), asio::detached);
  }
  context.run_for(duration);
  instance.kill();
  context.run_for(1s);  // answers that were on their way count
  return acknowledged;
}

Found find_again(const Acknowledged& acknowledged, const std::string& stream, const Instance& instance,
                 std::chrono::milliseconds limit) {
  const auto until = steady_clock::now() + limit;
  Control control(instance.endpoint(), instance.host());
  Acknowledged found;
  const auto result = [&found](bool complete) { return Found{found.size(), complete}; };
  for (const Control::Shard& shard : control.shards(stream)) {
    std::string iterator = control.first_iterator(stream, shard.id);
    for (unsigned empty = 0; empty < kEmptyAnswers && !iterator.empty();) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
      if (left <= 0ms) return result(false);
      const auto answer = control.call("GetRecords", {{"ShardIterator", iterator}, {"Limit", 1000}}, left);
      for (const auto& record : answer.at("Records")) {
        const std::uint64_t hash = hash_of(shard.id, record.at("SequenceNumber"));
        if (acknowledged.contains(hash)) found.insert(hash);
      }
      empty = answer.at("Records").empty() ? empty + 1 : 0;
      const auto next = answer.find("NextShardIterator");
      iterator = next != answer.end() && next->is_string() ? next->get<std::string>() : "";
    }
  }
  return result(true);
}

}  // namespace millrace::bench
