// The load: connections that each send a request, wait for its answer and send the next, on one or more
// threads with an io_context each. The caller's thread only tells when to begin counting and when to end.
// Order: construct, begin(), end(), join(); or, with a number of requests, construct and join().
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tools/bench/histogram.h"
#include "tools/bench/scenario.h"

namespace millrace::bench {

struct LoadPlan {
  Scenario scenario;
  boost::asio::ip::tcp::endpoint endpoint;
  std::string host;
  unsigned connections = 1;
  unsigned threads = 1;
  std::vector<std::string> requests;  // of the Put scenarios, in any order
  // Makes the n-th request (from 0) of a connection, if requests depend on those before; `requests` is not
  // used then. Called by several threads at once, for different connections.
  std::function<std::string(unsigned connection, std::uint64_t n)> make_request;
  std::vector<std::string> iterators;            // of GetRecords: the start of each shard
  std::optional<std::int64_t> requests_to_send;  // ends after so many; else at end()
  // Of writes: not as fast as answers come, but so many over all connections. Latency is then counted
  // from when a request was due.
  std::optional<double> requests_per_s;
};

// What was answered between begin() and end(); errors count at any time.
struct LoadCounts {
  std::uint64_t requests = 0;
  std::uint64_t records = 0;
  std::uint64_t errors = 0;
  std::string first_error;
  Histogram latency;
  std::uint64_t over_a_second = 0;           // requests
  std::chrono::microseconds longest_gap{0};  // between two answers, on whatever connections
};

class Load {
 public:
  explicit Load(LoadPlan plan);
  ~Load();  // gives up what is under way
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void begin();
  void end() { phase_ = Phase::kEnding; }

  // Has every connection its last answer?
  bool finished();

  // Waits until every connection has its last answer; those that have none by the deadline count as errors.
  LoadCounts join(std::chrono::milliseconds deadline);

 private:
  enum class Phase { kWarmUp, kCounting, kEnding };
  struct Worker;

  boost::asio::awaitable<void> put_loop(Worker& worker, unsigned connection);
  boost::asio::awaitable<void> get_loop(Worker& worker, unsigned connection);
  void start(Worker& worker, unsigned connection);
  bool may_send();
  void note_answer();
  void stop();

  const LoadPlan plan_;
  std::atomic<Phase> phase_ = Phase::kWarmUp;
  std::atomic<std::int64_t> left_;  // requests still to send
  std::atomic<std::chrono::steady_clock::rep> last_answer_ = 0;
  std::atomic<std::chrono::steady_clock::rep> longest_gap_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;

  std::mutex mutex_;
  std::condition_variable finished_;
  unsigned live_ = 0;  // connections not finished; guarded by mutex_
};

}  // namespace millrace::bench
