// The bytes of the engine's keys and of its own rows. Integers in keys are big-endian, so that byte order is
// their order; in values little-endian.
//
// Column families:
//   log     log key   := stream u64 | shard u32 | first index u64      -> where the block is: segment u64 |
//                        offset u32 | size u32 | checksum u64 (frame.h)
//   times   time key  := stream u64 | shard u32 | second i64 + 2^63    -> first index u64
//           the shard's first block that arrived in that second; seconds in which none arrived have no row
//   meta    shard key := 'S' | stream u64 | shard u32                  -> shard row
//           shard row := version u8 (=1) | flags u8 (1 = closed) | zero u8[6] | trim point u64 | next index
//           u64
//                        | last arrival ms i64
//           written by trim and close; the shard's end is the greater of the row's and the last block's
//           trim key  := 'R' | stream u64 | shard u32                  -> empty; trimmed, rows still there
//           drop key  := 'D' | stream u64                              -> empty; dropped, the same. "done":
//           the rows are gone; kept as long as a segment's row names the stream
//           'd'                                                        -> empty; drop keys are kept
//           loss key  := 'L' | stream u64 | shard u32 | first index u64 -> version u8 (=1) | cause u8 |
//           behind the last index u64 | detail; records that are lost (loss_rows.h)
//           segment key := 'G' | segment u64  -> what it holds: end u64 | (stream u64 | shard u32 | bytes u64
//           | behind the newest index u64) *; of segments that are not written any more position key := 'P'
//           -> the last frame that is in the database: segment u64 | its end u64 | number u64
//   catalog a row's key                                                -> its value
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "storage/catalog.h"
#include "storage/shard_log.h"

namespace millrace::storage {

inline void add_u64(std::string& to, std::uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(v >> shift));
}
inline void add_u32(std::string& to, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<char>(v >> shift));
}
// `bytes` hold at least 8 (4) from `at` on.
inline std::uint64_t get_u64(std::string_view bytes, std::size_t at) {
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < 8; ++i) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
  return v;
}
inline std::uint32_t get_u32(std::string_view bytes, std::size_t at) {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
  return v;
}

inline constexpr std::size_t kShardPrefixBytes = 12;
inline constexpr std::size_t kLogKeyBytes = 20, kTimeKeyBytes = 20;
inline constexpr Index kMaxIndex{std::numeric_limits<std::uint64_t>::max()};

inline std::string stream_prefix(std::uint64_t stream) {
  std::string key;
  add_u64(key, stream);
  return key;
}
inline std::string shard_prefix(ShardId id) {
  std::string key = stream_prefix(id.stream);
  add_u32(key, id.shard);
  return key;
}
inline void add_log_key(std::string& to, ShardId id, Index first) {
  add_u64(to, id.stream);
  add_u32(to, id.shard);
  add_u64(to, first.value);
}
inline std::string log_key(ShardId id, Index first) {
  std::string key;
  add_log_key(key, id, first);
  return key;
}
inline std::string time_key(ShardId id, std::int64_t second) {
  std::string key = shard_prefix(id);
  add_u64(key, static_cast<std::uint64_t>(second) ^ (std::uint64_t{1} << 63));
  return key;
}
// The begin of the second that a key of kTimeKeyBytes says.
inline Time time_of_key(std::string_view key) {
  const std::uint64_t second = get_u64(key, kShardPrefixBytes) ^ (std::uint64_t{1} << 63);
  return Time(std::chrono::seconds(static_cast<std::int64_t>(second)));
}
inline std::string shard_key(ShardId id) { return 'S' + shard_prefix(id); }
inline std::string trim_key(ShardId id) { return 'R' + shard_prefix(id); }
inline std::string drop_key(std::uint64_t stream) { return 'D' + stream_prefix(stream); }
inline std::string loss_key(ShardId id, Index first) { return 'L' + log_key(id, first); }
inline std::string segment_key(std::uint64_t number) { return 'G' + stream_prefix(number); }
inline constexpr const char* kPositionKey = "P";
inline constexpr const char* kDropsKeptKey = "d";
inline constexpr const char* kDropDone = "done";

// The shard that a key of `kShardPrefixBytes` or more from `at` on belongs to.
inline ShardId shard_of(std::string_view key, std::size_t at = 0) {
  return {get_u64(key, at), get_u32(key, at + 8)};
}

inline std::int64_t second_of(Time t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

// What is known of a shard besides its blocks.
struct ShardState {
  Index trim{0};  // the oldest readable index
  Index next{0};
  Time arrival = Time::min();  // of the newest record ever written
  bool closed = false;

  // Whether the shard came into being.
  [[nodiscard]] bool exists() const { return next.value > 0 || closed; }
};

inline std::string shard_row(const ShardState& s) {
  std::string row(32, '\0');
  row[0] = 1;
  row[1] = s.closed ? 1 : 0;
  const std::int64_t ms = s.arrival.time_since_epoch().count();
  std::memcpy(row.data() + 8, &s.trim.value, 8);
  std::memcpy(row.data() + 16, &s.next.value, 8);
  std::memcpy(row.data() + 24, &ms, 8);
  return row;
}
// False when the bytes are not a row of a known version.
[[nodiscard]] inline bool parse_shard_row(std::string_view row, ShardState& s) {
  if (row.size() != 32 || row[0] != 1) return false;
  std::int64_t ms;
  s.closed = row[1] == 1;
  std::memcpy(&s.trim.value, row.data() + 8, 8);
  std::memcpy(&s.next.value, row.data() + 16, 8);
  std::memcpy(&ms, row.data() + 24, 8);
  s.arrival = Time(std::chrono::milliseconds(ms));
  return true;
}

inline std::string index_value(Index i) { return {reinterpret_cast<const char*>(&i.value), sizeof i.value}; }
[[nodiscard]] inline bool parse_index_value(std::string_view bytes, Index& i) {
  if (bytes.size() != sizeof i.value) return false;
  std::memcpy(&i.value, bytes.data(), sizeof i.value);
  return true;
}

}  // namespace millrace::storage
