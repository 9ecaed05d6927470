// Rules of Kinesis that need no I/O: hash keys and their ranges, shard ids, stream ARNs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinesis/data_keys.h"
#include "storage/clock.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

__extension__ using HashKey = unsigned __int128;

// The MD5 of a partition key as a big-endian number.
[[nodiscard]] HashKey hash_key_of(std::string_view partition_key);
// The same for many at once, which costs less.
[[nodiscard]] std::vector<HashKey> hash_keys_of(std::span<const std::string_view> partition_keys);
[[nodiscard]] std::string to_string(HashKey key);
// nullopt when it is not a decimal number below 2^128.
[[nodiscard]] std::optional<HashKey> parse_hash_key(std::string_view text);

// The children of a closed shard begin a second after its end.
struct Shard {
  std::uint32_t number = 0;
  HashKey start = 0, end = 0;   // the range of hash keys, both inclusive
  std::uint64_t created_s = 0;  // seconds since the epoch
  std::optional<std::uint32_t> parent, adjacent_parent;
  std::optional<std::uint64_t> closed_s;

  [[nodiscard]] std::string id() const;
  [[nodiscard]] std::string starting_sequence_number() const;
};

// `shardId-` and twelve digits.
[[nodiscard]] std::string shard_id(std::uint32_t number);
// The number of a shard id; as AWS does, takes the number alone or any prefix before '-', and reads nothing
// behind another '-'. nullopt: no such form.
[[nodiscard]] std::optional<std::uint32_t> parse_shard_id(std::string_view id);

// The shards of a new stream: equal ranges of floor(2^128 / count), the last ends at 2^128 - 1.
[[nodiscard]] std::vector<Shard> even_shards(std::uint32_t count, std::uint64_t created_s);

// What a stream in a passing state becomes when its time has come. The kinds are stored by name.
struct PendingChange {
  enum class Kind {
    settings,  // nothing but the state
    split,     // `shard` at `key`
    merge,     // `shard` with `adjacent`
    scale,     // to `count` even shards
    grow,      // to `count` shards, the widest split first
  };
  Kind kind = Kind::settings;
  std::uint32_t shard = 0, adjacent = 0, count = 0;
  HashKey key = 0;
};

// Who reads with a share of the throughput of its own (enhanced fan-out).
struct Consumer {
  std::string name;
  Time created;
  Time active_from;               // CREATING until then
  std::optional<Time> gone_from;  // DELETING until then
  std::map<std::string, std::string> tags;
  std::string policy;  // JSON; empty: none
};

// The greatest throughput of a day, over a minute.
struct Peak {
  std::int64_t day = 0;  // since the epoch
  double bytes_per_s = 0, records_per_s = 0;
};

enum class StreamStatus { creating, active, updating, deleting };
[[nodiscard]] const char* to_string(StreamStatus status);

struct Stream {
  std::uint64_t number = 0;  // never used again
  std::string account, region, name;
  Time created;
  int retention_hours = 24;
  std::string mode = "PROVISIONED";
  std::vector<Shard> shards;  // by number; closed ones until their last record is past its retention

  StreamStatus status = StreamStatus::active;
  std::uint64_t changes = 0;  // begun so far, so that none is ended in the name of another
  Time due;                   // when a passing state ends
  PendingChange change;       // and how

  std::map<std::string, std::string> tags;
  std::vector<DataKey> data_keys;  // by id; retired ones until their last record is past its retention
  std::uint32_t data_keys_made = 0;
  std::vector<std::string> shard_metrics;
  int max_record_kib = 1024;
  std::optional<int> warm_mibps;
  std::string distribution;  // RecordDistributionStrategy; empty: none was named
  std::string policy;        // JSON; empty: none
  std::vector<Consumer> consumers;
  std::vector<Peak> peaks;  // of the last 30 days, oldest first

  // Where the ranges of open shards begin, in order, and which of `shards` they are.
  std::vector<std::pair<HashKey, std::size_t>> open_ranges;

  [[nodiscard]] std::string arn() const;
  [[nodiscard]] std::string arn_of(const Consumer& consumer) const;
  // Seconds since the epoch, which are part of a consumer's ARN.
  [[nodiscard]] static std::int64_t created_s_of(const Consumer& consumer);
  // The open shard whose range holds `key`; since the last index_shards().
  [[nodiscard]] const Shard& shard_for(HashKey key) const;
  // One of the open shards: numbers that follow one another name them in turn.
  [[nodiscard]] const Shard& shard_in_turn(std::size_t turn) const;
  // To be called when `shards` changed.
  void index_shards();
  // nullptr when there is none of that id.
  [[nodiscard]] const Shard* find_shard(std::string_view id) const;
  [[nodiscard]] const Shard* find_shard(std::uint32_t shard) const;
  [[nodiscard]] const Consumer* find_consumer(std::string_view consumer) const;
  // Those that came out of a closed shard.
  [[nodiscard]] std::vector<const Shard*> children_of(const Shard& shard) const;
  [[nodiscard]] storage::ShardId log_id(const Shard& shard) const { return {number, shard.number}; }
  // Records that arrived before this are past their retention.
  [[nodiscard]] Time horizon(Time now) const { return now - std::chrono::hours(retention_hours); }
  [[nodiscard]] int open_shards() const;
  [[nodiscard]] bool on_demand() const { return mode == "ON_DEMAND"; }
  // Records go to the shards in turn, whatever their keys, and need none.
  [[nodiscard]] bool distributes_records() const { return on_demand() && distribution == "AUTO"; }
  [[nodiscard]] bool encrypted() const { return data_key() != nullptr; }
  // With which records are sealed now; nullptr: they are not.
  [[nodiscard]] const DataKey* data_key() const {
    return data_keys.empty() || data_keys.back().retired ? nullptr : &data_keys.back();
  }
  // The present data key seals no more.
  void retire_data_key(Time now) {
    if (encrypted()) data_keys.back().retired = now;
  }
};

// MillisBehindLatest of who did not read to the end. Who passed over damaged records alone is not told 0,
// which says that nothing is left.
[[nodiscard]] inline std::int64_t behind_ms(const storage::Records& read, Time now) {
  return std::max<std::int64_t>((now - read.next_arrival()).count(), read.empty() ? 1 : 0);
}

// Of a stream, or of a consumer of it.
struct StreamArn {
  std::string region, account, name;
  std::string consumer;               // empty: the stream itself
  std::int64_t consumer_created = 0;  // seconds
};
// nullopt when the text is not exactly such an ARN: in another region's partition, or with something behind
// it.
[[nodiscard]] std::optional<StreamArn> parse_stream_arn(std::string_view arn);

// Limits that clients meet. Source: AWS's quotas page, 2025.
inline constexpr std::size_t kMaxRequestBytes = 10 << 20;  // data and keys of one PutRecords
inline constexpr std::size_t kMaxReadBytes = 10 << 20;     // of one GetRecords
inline constexpr int kMinRetentionHours = 24, kMaxRetentionHours = 8760;
inline constexpr std::chrono::seconds kTokenLife{300};  // of a page's token
inline constexpr std::size_t kMaxPolicyBytes = 20480;
inline constexpr std::size_t kMaxTags = 50;   // of a stream or consumer
inline constexpr int kOnDemandShards = 4;     // of a new stream
inline constexpr int kMaxShardCount = 10000;  // of UpdateShardCount

}  // namespace millrace::kinesis
