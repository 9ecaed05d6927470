#include "tools/bench/control.h"

#include <fmt/format.h>

#include <optional>
#include <sstream>
#include <stdexcept>

#include "tools/bench/connection.h"
#include "tools/bench/process.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kReadyDeadline = 5s;
constexpr auto kActiveDeadline = 30s;

struct Answer {
  int status;
  std::string body;
};

asio::awaitable<void> exchange(tcp::endpoint endpoint, const std::string& bytes,
                               boost::system::result<Answer>& result) {
  Connection connection{tcp::socket(co_await asio::this_coro::executor)};
  if (const error_code error = co_await connection.connect(endpoint)) {
    result = error;
    co_return;
  }
  const boost::system::result<Message> message = co_await connection.exchange(bytes);
  if (!message) {
    result = message.error();
    co_return;
  }
  Answer answer{message->status(), std::string(message->body)};
  result = std::move(answer);
}

boost::system::result<Answer> exchange(tcp::endpoint endpoint, const std::string& bytes,
                                       std::chrono::milliseconds deadline) {
  boost::system::result<Answer> result = make_error_code(boost::system::errc::timed_out);
  asio::io_context context(1);
  asio::co_spawn(context, exchange(endpoint, bytes, result), asio::detached);
  context.run_for(deadline);
  return result;
}

}  // namespace

Control::Control(tcp::endpoint endpoint, std::string host) : endpoint_(endpoint), host_(std::move(host)) {}

bool Control::ready() {
  const auto answer = exchange(
      endpoint_, fmt::format("GET /health/ready HTTP/1.1\r\nHost: {}\r\n\r\n", host_), kReadyDeadline);
  return answer && answer->status == 200;
}

bool Control::lists_streams() {
  const auto answer = exchange(endpoint_, request(host_, "ListStreams", "{}"), kReadyDeadline);
  return answer && answer->status == 200;
}

std::string Control::ask(const std::string& method, const std::string& path, const std::string& body) {
  const auto answer = exchange(endpoint_,
                               fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n{}",
                                           method, path, host_, body.size(), body),
                               kReadyDeadline);
  if (!answer) throw std::runtime_error(fmt::format("{}: {}", path, answer.error().message()));
  if (answer->status != 200)
    throw std::runtime_error(fmt::format("{}: {} {}", path, answer->status, answer->body));
  return answer->body;
}

void Control::advance_clock(std::chrono::milliseconds by) {
  ask("POST", "/_millrace/clock", nlohmann::json{{"advance_ms", by.count()}}.dump());
}

double Control::metric(const std::string& name) {
  std::istringstream page(ask("GET", "/metrics", ""));
  double sum = 0;
  for (std::string line; std::getline(page, line);) {
    const std::size_t end = line.find_first_of(" {");
    if (end != line.npos && line.substr(0, end) == name) sum += std::stod(line.substr(line.rfind(' ')));
  }
  return sum;
}

nlohmann::json Control::lambda(const std::string& method, const std::string& path,
                               const nlohmann::json& input) {
  const auto answer = exchange(endpoint_, rest_request(host_, method, path, input.dump()), kActiveDeadline);
  if (!answer) throw std::runtime_error(fmt::format("{}: {}", path, answer.error().message()));
  if (answer->status < 200 || answer->status > 299)
    throw std::runtime_error(fmt::format("{}: {} {}", path, answer->status, answer->body.substr(0, 400)));
  return answer->body.empty() ? nlohmann::json::object() : nlohmann::json::parse(answer->body);
}

nlohmann::json Control::call(const std::string& operation, const nlohmann::json& input,
                             std::chrono::milliseconds deadline) {
  return answer(operation, request(host_, operation, input.dump()), deadline);
}

nlohmann::json Control::dynamodb(const std::string& operation, const nlohmann::json& input) {
  return answer(operation, dynamodb_request(host_, operation, input.dump()), kActiveDeadline);
}

nlohmann::json Control::answer(const std::string& operation, const std::string& bytes,
                               std::chrono::milliseconds deadline) {
  const auto answer = exchange(endpoint_, bytes, deadline);
  if (!answer) throw std::runtime_error(fmt::format("{}: {}", operation, answer.error().message()));
  if (answer->status != 200) {
    throw std::runtime_error(
        fmt::format("{}: status {}: {}", operation, answer->status, answer->body.substr(0, 400)));
  }
  return answer->body.empty() ? nlohmann::json::object() : nlohmann::json::parse(answer->body);
}

void Control::create_stream(const std::string& stream, unsigned shards) {
  call("CreateStream", {{"StreamName", stream}, {"ShardCount", shards}});
  const auto until = std::chrono::steady_clock::now() + kActiveDeadline;
  for (;;) {
    const auto summary = call("DescribeStreamSummary", {{"StreamName", stream}});
    if (summary.at("StreamDescriptionSummary").at("StreamStatus") == "ACTIVE") return;
    if (std::chrono::steady_clock::now() > until)
      throw std::runtime_error(stream + " does not become ACTIVE");
    pause_for(20ms);
  }
}

void Control::delete_stream(const std::string& stream) { call("DeleteStream", {{"StreamName", stream}}); }

std::vector<Control::Shard> Control::shards(const std::string& stream) {
  std::vector<Shard> shards;
  nlohmann::json input = {{"StreamName", stream}};
  for (;;) {
    const auto listed = call("ListShards", input);
    for (const auto& shard : listed.at("Shards")) {
      // The floor server's shards have no ranges.
      const auto range = shard.value("HashKeyRange", nlohmann::json::object());
      shards.push_back({shard.at("ShardId"), range.value("StartingHashKey", "0")});
    }
    const auto next = listed.find("NextToken");
    if (next == listed.end() || !next->is_string()) break;  // some servers write null
    input = {{"NextToken", *next}};
  }
  if (shards.empty()) throw std::runtime_error("ListShards: no shards");
  return shards;
}

std::string Control::first_iterator(const std::string& stream, const std::string& shard) {
  return call("GetShardIterator",
              {{"StreamName", stream}, {"ShardId", shard}, {"ShardIteratorType", "TRIM_HORIZON"}})
      .at("ShardIterator");
}

std::vector<std::string> Control::first_iterators(const std::string& stream) {
  std::vector<std::string> iterators;
  for (const Shard& shard : shards(stream)) {
    const std::string text = nlohmann::json(first_iterator(stream, shard.id)).dump();
    iterators.push_back(text.substr(1, text.size() - 2));
  }
  return iterators;
}

}  // namespace millrace::bench
