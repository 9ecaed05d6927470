// The interface of the shard log, behind which the engine can change. A shard is an append-only log of
// records. The address of a record is a 64-bit index. Indexes ascend within a shard; they need not be dense,
// because an engine may use some for itself. Nothing here says how or where an engine stores records.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/container/small_vector.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <utility>
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

// Records to append to one shard.
struct ShardAppend {
  ShardId shard;
  RecordBatch batch;
};

// Consecutive records of one append: their indexes are first, first + 1, ..., and they arrived together.
struct Run {
  Index first;
  std::uint32_t count;
  Time arrival;
};

// Where the records of one batch are, in the order of the batch. Most engines answer with one run, which
// takes no memory of its own.
struct Appended {
  boost::container::small_vector<Run, 1> runs;
};

struct ReadLimit {
  std::uint32_t records;
  std::uint64_t bytes;            // keys and data; the first record is returned whatever its size
  Time not_before = Time::min();  // records that arrived earlier are skipped
};

struct Bounds {
  Index first;  // no record before it is retained; equals `next` when none is
  Index next;   // beyond every record: the next one gets this index or a later one
};

// Owned by the application; outlives every user. Can be called from any executor.
class ShardLog {
 public:
  virtual ~ShardLog() = default;

  // Makes shards of a stream ready for appends. It completes before any row shows the shards; opening an open
  // shard succeeds. `label` is for names that people see, in the tools of an engine that has some. Errors:
  // read_only, busy, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> open(std::uint64_t stream, std::string label,
                                                                  std::vector<std::uint32_t> shards) = 0;

  // Appends to several shards of one stream, at most one batch a shard. Completes when everything is stored,
  // as far as the configured durability requires. Batches must not be empty. Returns one result per element,
  // in order. Each shard succeeds or fails on its own: atomicity over shards is not promised. Arrival times
  // never decrease within a shard. Errors: closed (nothing of the batch is in the shard), not_found (the
  // stream was dropped meanwhile), read_only (the store is full or failing), busy, corrupt (the shard), io
  // (the records may be in the shard).
  [[nodiscard]] virtual boost::asio::awaitable<std::vector<Result<Appended>>> append(
      std::vector<ShardAppend> appends) = 0;

  // Reads records from index `from` on, within the limit, without copying their data. If `from` is older than
  // the oldest retained record, the read starts there. A result ends before damaged records, and a read that
  // starts at damaged records skips them. Therefore, and because of `ReadLimit::not_before`, a result can be
  // empty before the end of the shard: continue at `next()` until it equals `end()`. Indexes without a record
  // are skipped in the same way. On several nodes, the end can lag behind the appends of others by
  // milliseconds. Errors: corrupt (the whole shard), io (can be retried).
  [[nodiscard]] virtual boost::asio::awaitable<Result<Records>> read(ShardId shard, Index from,
                                                                     ReadLimit limit) = 0;

  // The index of the first retained record that arrived at `time` or later, or `next` if there is none. The
  // arrival times of damaged records are unknown, so the result can be the index of one.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Index>> find(ShardId shard, Time time) = 0;

  // The retained range; {0, 0} for a shard that never had a record. It includes every record that any node
  // acknowledged before the call, and may ask other machines. Errors: corrupt, io.
  [[nodiscard]] virtual boost::asio::awaitable<Result<Bounds>> bounds(ShardId shard) = 0;
  // The range as far as this node knows it, at once, for metrics; {0, 0} if it is not known.
  [[nodiscard]] virtual Bounds known_bounds(ShardId shard) const = 0;

  // Waits for a record at `from` or later. Completes with true when the shard has one, false at `deadline`
  // or if the shard is closed and ends before `from`.
  [[nodiscard]] virtual boost::asio::awaitable<Result<bool>> wait(
      ShardId shard, Index from, std::chrono::steady_clock::time_point deadline) = 0;

  // Removes all records of each shard before the index. They are unreadable at once; their space is freed
  // within minutes. An error of one shard does not prevent the trim of the others; the first error is
  // returned.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> trim(
      std::vector<std::pair<ShardId, Index>> before) = 0;

  // Closes the shards: later appends return closed. Completes when this is durable, with the end indexes of
  // the shards, at and beyond which no record will be. It can take seconds on several nodes; close several
  // shards with one call. Closing a closed shard succeeds and returns the same end. Errors: corrupt, io,
  // read_only, busy; some shards may be closed then: close all of them again.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<Index>>> close(
      std::vector<ShardId> shards) = 0;

  // Removes all records of the stream's shards and frees their space.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> drop(std::uint64_t stream) = 0;
};

}  // namespace millrace::storage
