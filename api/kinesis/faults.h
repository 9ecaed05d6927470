// Faults that tests order: a share of the requests to an operation on a stream is answered with an error that
// the test names, or late, or both (`--fault-injection`). What a client does then is what is tested; the
// streams are as they would be had the request not come.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/error.h"
#include "api/core/shape.h"

namespace millrace::kinesis {

struct Fault {
  std::string stream = "*";     // its name; "*": every request, those that name no stream too
  std::string operation = "*";  // "PutRecords"; "*": every operation
  double share = 1;             // of the requests, or of the records
  std::string error;            // an error's code; empty: the request is only delayed
  unsigned status = 0;          // HTTP status; 0: the one that AWS gives with this code
  std::string message;          // empty: one that says that the error was ordered
  std::chrono::milliseconds delay{0};
  std::optional<std::uint64_t> limit;  // how often it happens at most
  bool records = false;                // fails single records of PutRecords instead of requests

  [[nodiscard]] ApiError to_error() const;
};

// "operation=PutRecords,stream=orders,share=0.1,error=ServiceUnavailable"; with `message`, which stands last,
// everything behind its '=' is the text. Both throw std::invalid_argument, saying what is wrong and what may
// be.
[[nodiscard]] Fault parse_fault(std::string_view spec);
// An object whose members have the names of the spec's, and limit, delay_ms, status, records besides.
[[nodiscard]] Fault fault_of(const Json& object);
[[nodiscard]] OrderedJson json_of(const Fault& fault);

// The faults that are in force. Safe from any thread.
class Faults {
 public:
  // `seed`: the same seed and the same requests in the same order meet the same faults; nullopt: others at
  // every start.
  Faults(std::vector<Fault> faults, std::optional<std::uint64_t> seed);

  // Whether there is any; one load when there is none.
  [[nodiscard]] bool any() const { return any_.load(std::memory_order_relaxed); }

  // Replaces all, and begins their sequences of chance and their counts anew.
  void replace(std::vector<Fault> faults);
  // As json_of says them, and how often each happened as "injected".
  [[nodiscard]] OrderedJson list() const;

  // What is to happen to a request: first the delays of all faults that struck it, then the first error.
  // `stream` is empty when it names none.
  struct Strike {
    std::chrono::milliseconds delay{0};
    std::optional<ApiError> error;
  };
  [[nodiscard]] Strike strike_request(std::string_view operation, std::string_view stream);
  // Completes after the delay, or soon when the server stops.
  [[nodiscard]] boost::asio::awaitable<void> wait(std::chrono::milliseconds delay) const;
  // The server stops: delays are over.
  void stop() { stopping_ = true; }
  // What is to happen to a record of PutRecords.
  [[nodiscard]] std::optional<ApiError> strike_record(std::string_view stream);

 private:
  struct Ordered {
    Fault fault;
    std::mt19937_64 chance;
    std::uint64_t injected = 0;

    [[nodiscard]] bool strikes(std::string_view operation, std::string_view stream);
  };

  const std::optional<std::uint64_t> seed_;
  std::atomic<bool> any_ = false, stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Ordered> faults_;  // guarded by mutex_
};

}  // namespace millrace::kinesis
