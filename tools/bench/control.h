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

  // Does anything answer ListStreams, whatever it says?
  bool answers();

  // How many records the stream's shards give when they are read from TRIM_HORIZON to their ends.
  std::uint64_t records_in(const std::string& stream);

  // Returns when the stream is ACTIVE.
  void create_stream(const std::string& stream, unsigned shards);
  void delete_stream(const std::string& stream);

  // A TRIM_HORIZON iterator of each shard.
  std::vector<std::string> first_iterators(const std::string& stream);

 private:
  nlohmann::json call(const std::string& operation, const nlohmann::json& input);

  boost::asio::ip::tcp::endpoint endpoint_;
  std::string host_;
};

}  // namespace millrace::bench
