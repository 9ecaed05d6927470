// What AWS allows a shard, a consumer and an account in a second, for tests of how clients take "no"
// (`--limits aws`). Kept in memory: a server that starts anew has forgotten what was used.
//
// A second begins with the first use. What is used in it beyond its rate makes it longer, until the rate has
// paid: a read of 10 MiB from a shard that gives 2 MiB a second ends reading for 5 seconds, as AWS documents
// it. Source: "Quotas and limits" of the Kinesis developer guide, 2025.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "api/core/service.h"
#include "api/kinesis/model.h"

namespace millrace::kinesis {

struct Rate {
  std::uint64_t amount;
  std::chrono::milliseconds period = std::chrono::seconds(1);
};

// What was used of a rate, in the period that runs. Not safe from several threads.
class Meter {
 public:
  // Whether `amount` may be used now; more than a whole period's may be when nothing of it was used yet.
  [[nodiscard]] bool fits(const Rate& rate, std::uint64_t amount, Time now) const;
  // Whether it fits or not. Begins a period when none runs, as after the clock jumped back.
  void use(const Rate& rate, std::uint64_t amount, Time now);
  // Both, when it fits.
  [[nodiscard]] bool take(const Rate& rate, std::uint64_t amount, Time now);
  // How long until something fits again; zero when something does now.
  [[nodiscard]] std::chrono::milliseconds wait(const Rate& rate, Time now) const;
  // No period runs: a new meter says the same.
  [[nodiscard]] bool idle(Time now) const { return now < begin_ || now >= end_; }

 private:
  Time begin_{}, end_{};
  std::uint64_t used_ = 0;
};

// What an operation may be asked, of an account and region or of one stream there.
struct OperationLimit {
  enum class Scope : std::uint8_t { account, stream };
  const char* operation;
  Scope scope;
  Rate rate;
};
// nullptr: the operation has no limit of this kind.
[[nodiscard]] const OperationLimit* limit_of(std::string_view operation);

struct LimitsOptions {
  bool aws = false;                                    // for streams that are not named below
  std::map<std::string, bool, std::less<>> streams{};  // by name, of every account and region
};

// Safe from any thread. Nothing but on() is to be called when it is false.
class Limits {
 public:
  Limits(const Clock& clock, LimitsOptions options);

  // Whether anything at all is limited.
  [[nodiscard]] bool on() const { return on_; }

  // Each uses what it asks for when it answers true.
  [[nodiscard]] bool take_operation(std::string_view operation, const Caller& caller, std::string_view stream,
                                    bool stream_exists);
  [[nodiscard]] bool take_put(const Stream& stream, const Shard& shard, std::size_t bytes);
  [[nodiscard]] bool take_iterator(const Stream& stream, const Shard& shard);
  // Of all operations on the stream together.
  [[nodiscard]] bool take_dry_run(const Stream& stream);
  // One read; what it brings is told by was_read, and counts against those that follow.
  [[nodiscard]] bool take_read(const Stream& stream, const Shard& shard);
  void was_read(const Stream& stream, const Shard& shard, std::uint64_t bytes);
  // Enhanced fan-out: `bytes` were pushed to a consumer. Returns how long the next push has to wait.
  [[nodiscard]] std::chrono::milliseconds pushed(const Stream& stream, const Shard& shard,
                                                 std::string_view consumer, std::uint64_t bytes);

 private:
  struct ShardMeters {
    Meter bytes_in, records_in, bytes_out, reads, iterators;
    [[nodiscard]] bool idle(Time now) const;
  };
  // Holds those meters alone that have something to say: the rest goes whenever they have doubled.
  template <class Key, class Value>
  class Kept {
   public:
    Value& at(const Key& key, Time now);

   private:
    std::map<Key, Value> values_;
    std::size_t sweep_at_ = 1024;
  };

  [[nodiscard]] bool applies_to(std::string_view stream) const;

  const Clock& clock_;
  const LimitsOptions options_;
  const bool on_;
  std::mutex mutex_;  // guards all below
  Kept<storage::ShardId, ShardMeters> shards_;
  Kept<std::pair<storage::ShardId, std::string>, Meter> pushes_;  // with the consumer
  Kept<std::string, Meter> operations_;
};

}  // namespace millrace::kinesis
