// Rules of Kinesis that need no I/O: hash keys and their ranges, shard ids, stream ARNs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/clock.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

__extension__ using HashKey = unsigned __int128;

// The MD5 of a partition key as a big-endian number.
[[nodiscard]] HashKey hash_key_of(std::string_view partition_key);
[[nodiscard]] std::string to_string(HashKey key);
// nullopt when it is not a decimal number below 2^128.
[[nodiscard]] std::optional<HashKey> parse_hash_key(std::string_view text);

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
// The number of a shard id; as AWS does, takes the number alone or any prefix before '-'. nullopt: no such
// form.
[[nodiscard]] std::optional<std::uint32_t> parse_shard_id(std::string_view id);

// The shards of a new stream: equal ranges of floor(2^128 / count), the last ends at 2^128 - 1.
[[nodiscard]] std::vector<Shard> even_shards(std::uint32_t count, std::uint64_t created_s);

struct Stream {
  std::uint64_t number = 0;  // never used again
  std::string account, region, name;
  Time created;
  int retention_hours = 24;
  std::string mode = "PROVISIONED";
  std::vector<Shard> shards;  // by number

  [[nodiscard]] std::string arn() const;
  // The open shard whose range holds `key`.
  [[nodiscard]] const Shard& shard_for(HashKey key) const;
  // nullptr when there is none of that id.
  [[nodiscard]] const Shard* find_shard(std::string_view id) const;
  [[nodiscard]] storage::ShardId log_id(const Shard& shard) const { return {number, shard.number}; }
  [[nodiscard]] int open_shards() const;
};

struct StreamArn {
  std::string region, account, name;
};
[[nodiscard]] std::optional<StreamArn> parse_stream_arn(std::string_view arn);

// Limits that clients meet. Source: AWS's quotas page, 2025.
inline constexpr std::size_t kMaxRecordBytes = 1 << 20;    // data, unless the stream allows more
inline constexpr std::size_t kMaxRequestBytes = 10 << 20;  // data and keys of one PutRecords
inline constexpr std::size_t kMaxReadBytes = 10 << 20;     // of one GetRecords
inline constexpr int kMinRetentionHours = 24, kMaxRetentionHours = 8760;

}  // namespace millrace::kinesis
