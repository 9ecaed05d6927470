// The seam under which the log's engine can change: append to shards, read from an index or a time, wait for
// growth, trim, close. A shard is an append-only log addressed by a dense 64-bit index.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <vector>

#include "storage/clock.h"
#include "storage/record_batch.h"
#include "storage/records.h"
#include "storage/result.h"

namespace millrace::storage {

struct ShardId {
  std::uint64_t stream;  // the stream's number, never used again after the stream is gone
  std::uint32_t shard;   // the shard's number within the stream
  friend auto operator<=>(const ShardId&, const ShardId&) = default;
};

// Records bound for one shard.
struct ShardAppend {
  ShardId shard;
  RecordBatch batch;
};

// Where an append landed: its records have the indexes first, first + 1, ... and one arrival time.
struct Appended {
  Index first;
  Time arrival;
};

struct ReadLimit {
  std::uint32_t records;
  std::uint64_t bytes;  // keys and data; the first record is returned whatever its size
};

struct Bounds {
  Index first;  // the oldest retained record; equals `next` when none is
  Index next;   // the index the next record will get
};

// Owned by the application, outlives every user. Safe from any executor.
class ShardLog {
 public:
  virtual ~ShardLog() = default;

  // Appends to several shards of one stream, atomically; completes when all is on disk under the configured
  // durability. Answers one `Appended` for each element, in order. An empty batch is the caller's mistake.
  // Arrival times never go back within a shard. A shard comes into being with its first append.
  // Errors: closed (one of the shards was; nothing is written), not_found (the stream was dropped meanwhile),
  // read_only (disk full or broken), busy, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Appended>>> append(
      std::vector<ShardAppend> appends) = 0;

  // Records from index `from` on, within the limit, without copying their data. Empty at the end of the log.
  // A `from` older than what is retained reads from the oldest retained record. Errors: corrupt, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Records>> read(ShardId shard, Index from,
                                                                     ReadLimit limit) = 0;

  // The index of the first retained record that arrived at `time` or later; `next` when there is none.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Index>> find(ShardId shard, Time time) = 0;

  // The retained range. A shard that never had a record answers {0, 0}. Errors: corrupt, io.
  [[nodiscard]] virtual Result<Bounds> bounds(ShardId shard) = 0;

  // Completes with true as soon as the shard holds a record at `from`, with false at `deadline` or when the
  // shard is closed and ends before `from`.
  [[nodiscard]] virtual boost::asio::awaitable<Result<bool>> wait(
      ShardId shard, Index from, std::chrono::steady_clock::time_point deadline) = 0;

  // Makes all records before `before` unreadable at once; their space is returned within minutes.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> trim(ShardId shard, Index before) = 0;

  // Ends the shard: later appends answer closed. Completes when that is on disk, with the shard's end index.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Index>> close(ShardId shard) = 0;

  // Removes every record of the stream's shards and returns their space.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> drop(std::uint64_t stream) = 0;
};

}  // namespace millrace::storage
