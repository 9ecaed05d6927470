// The rows of lease tables of the Kinesis Client Library (KCL), and what repeated looks at them show.
//
// The names of the attributes are the same in all versions and in amazon_kclpy, which runs the KCL for Java.
// Source: LeaseSerializer of 1.15.3, DynamoDBLeaseSerializer of 2.7.2 and 3.5.1. Since 3.5, the table of a
// new application also has rows of other kinds, which `entityType` tells apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

struct Lease {
  std::string key;     // of the row
  std::string stream;  // empty: the table does not name it, because its workers read a single stream
  std::string shard;
  std::string owner;       // the worker; empty: none
  std::string checkpoint;  // a sequence number, TRIM_HORIZON, LATEST, AT_TIMESTAMP or SHARD_END; may be empty
  std::uint64_t sub_sequence_number = 0;
  std::uint64_t counter = 0;  // the owner increases it every third of failoverTimeMillis
  std::uint64_t owner_switches = 0;
  std::vector<std::string> parents;  // shards
};

// The lease in an item, in DynamoDB's JSON ({"leaseKey": {"S": ...}, ...}). nullopt: it is none. Attributes
// of other types than the KCL's count as absent.
[[nodiscard]] std::optional<Lease> lease_of(const nlohmann::json& item);

// For how long a counter has been the same. `at_least`: no look has seen it change, so that it may be longer.
struct Silence {
  std::chrono::milliseconds time{0};
  bool at_least = false;
};

// Follows the counters of leases from look to look. The table holds no times: the KCL's workers measure the
// silence of a counter in the same way, from the first scan that shows its value (lastCounterIncrementNanos,
// which is in the memory of each worker only). Not safe from several threads.
class CounterWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Forgets leases that are gone.
  void look(const std::vector<Lease>& leases, Clock::time_point now);
  // As of the last look. nullopt: the lease has been in one look only, or has no owner that would renew it.
  [[nodiscard]] std::optional<Silence> silence_of(const Lease& lease) const;

 private:
  struct Seen {
    std::uint64_t counter;
    Clock::time_point since;  // the first look with this counter
    bool changed = false;     // another counter was seen before
    bool again = false;       // in two looks at least
  };
  std::map<std::string, Seen> seen_;  // by the lease's key
  Clock::time_point last_look_;
};

}  // namespace millrace
