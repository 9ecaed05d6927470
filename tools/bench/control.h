// The few requests around a load: is the server ready, make a stream, find its shards, delete it. Blocking,
// each with a deadline; every failure is a std::runtime_error that says what was asked and answered.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace millrace::bench {

class Control {
 public:
  // `host` is what the Host header says.
  Control(boost::asio::ip::tcp::endpoint endpoint, std::string host);

  // Does GET /health/ready answer 200?
  bool ready();

  // Does ListStreams answer 200? For servers that have no health endpoint.
  bool lists_streams();

  // Returns when the stream is ACTIVE.
  void create_stream(const std::string& stream, unsigned shards);
  void delete_stream(const std::string& stream);

  struct Shard {
    std::string id;
    std::string first_hash_key;
  };
  std::vector<Shard> shards(const std::string& stream);
  std::string first_iterator(const std::string& stream, const std::string& shard);

  // A TRIM_HORIZON iterator of each shard, as it stands between quotes in JSON.
  std::vector<std::string> first_iterators(const std::string& stream);

  // Of a Millrace with --test-clock.
  void advance_clock(std::chrono::milliseconds by);
  // Of a Millrace: the value on its page of metrics, the sum of all series of that name.
  double metric(const std::string& name);

  // An operation of Lambda; the answer's status is 2xx.
  nlohmann::json lambda(const std::string& method, const std::string& path, const nlohmann::json& input);

  // An operation of DynamoDB.
  nlohmann::json dynamodb(const std::string& operation, const nlohmann::json& input);

  // Any operation of Kinesis, for at most `deadline`.
  nlohmann::json call(const std::string& operation, const nlohmann::json& input,
                      std::chrono::milliseconds deadline = std::chrono::seconds(30));

 private:
  // What is answered with 200 to the bytes of a request.
  nlohmann::json answer(const std::string& operation, const std::string& bytes,
                        std::chrono::milliseconds deadline);
  // The body of a 200.
  std::string ask(const std::string& method, const std::string& path, const std::string& body);

  boost::asio::ip::tcp::endpoint endpoint_;
  std::string host_;
};

}  // namespace millrace::bench
