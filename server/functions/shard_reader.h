// Reads one shard for one event source mapping: collects batches, has the function run, retries, bisects,
// drops what may not be tried again, and keeps a checkpoint after what is settled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "api/lambda/batch.h"
#include "api/lambda/mapping_store.h"
#include "api/lambda/runner.h"
#include "api/lambda/store.h"
#include "api/lambda/streams.h"
#include "storage/probe.h"
#include "storage/shard_log.h"

namespace millrace::functions {

// What all readers share. Outlives them.
struct MappingShared {
  lambda::Mappings& mappings;
  const lambda::Functions& functions;
  lambda::FunctionRunner& runner;
  const lambda::StreamDirectory& streams;
  storage::ShardLog& log;
  const Clock& clock;
  Probes& probes;
};

// Lives on one io_context, owned by its mapping's MappingReaders. `run` must have completed before it goes.
class ShardReader {
 public:
  ShardReader(boost::asio::io_context& context, MappingShared& shared, lambda::MappingPtr mapping,
              std::uint64_t stream, lambda::SourceShard shard);

  // Reads until `stop`, or until the shard is closed and read to its end. An invocation that runs when `stop`
  // is called is waited for, and its success is kept. Does not throw.
  [[nodiscard]] boost::asio::awaitable<void> run();
  void stop();
  // The mapping's settings as they are now; used from the next try on.
  void change(lambda::MappingPtr mapping);

  // Whether the shard's end is settled.
  [[nodiscard]] bool finished() const { return finished_; }
  // When the oldest record arrived that is read and not settled; the epoch when there is none. Safe from any
  // thread.
  [[nodiscard]] Time oldest_waiting() const {
    return Time(std::chrono::milliseconds(oldest_waiting_.load()));
  }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  // A run of records, read at one or more times, and what keeps their bytes in memory.
  struct Batch {
    std::vector<storage::Records> reads;
    std::deque<std::string> opened;  // the data of records that were sealed
    std::vector<lambda::EventRecord> records;
    std::size_t bytes = 0;  // of the event, about
    storage::Index behind;  // the records, and those after them that the filter left out
    // The first record that is not settled when those before place `i` are.
    [[nodiscard]] storage::Index next_at(std::size_t i) const {
      return i == records.size() ? behind : records[i].record.index;
    }
  };
  // A part of a batch that is tried as one.
  struct Piece {
    std::size_t first, count;
    int failures = 0;       // tries that count
    unsigned in_a_row = 0;  // failures since the last success, for the pause
  };
  // What a try led to. not_run: the function did not see the records.
  struct Try {
    enum class Kind { answered, failed, not_run } kind;
    std::size_t settled = 0;  // records from the piece's begin on; with `answered`
  };

  boost::asio::awaitable<void> read_on();
  boost::asio::awaitable<bool> open();
  boost::asio::awaitable<Batch> collect();
  boost::asio::awaitable<bool> read_more(Batch& batch, storage::Index& next);
  // Where to read on; nullopt: the records cannot be read now.
  std::optional<storage::Index> take(Batch& batch, storage::Records read, std::size_t most);
  void unreadable(const storage::Error& error) const;
  boost::asio::awaitable<bool> more_comes(const Batch& batch, storage::Index next, Instant window_end);
  boost::asio::awaitable<void> wait_for_record(storage::Index next, Instant deadline);
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  boost::asio::awaitable<void> settle(Batch batch);
  boost::asio::awaitable<Try> attempt(std::span<const lambda::EventRecord> records);
  boost::asio::awaitable<void> checkpoint(storage::Index next, bool finished);
  // What comes after a try: the pieces that are left to do.
  boost::asio::awaitable<void> after(Try result, std::vector<Piece>& todo, const Batch& batch);
  // How many records at the piece's begin are too old to be tried, or trimmed.
  std::size_t count_expired(std::span<const lambda::EventRecord> records) const;
  void dropped(std::span<const lambda::EventRecord> records, const char* reason);
  [[nodiscard]] bool closed() const;
  [[nodiscard]] lambda::EventSource event_source(const std::string& role) const;

  MappingShared& shared_;
  lambda::MappingPtr mapping_;
  const std::uint64_t stream_;
  const lambda::SourceShard shard_;
  boost::asio::steady_timer wake_;  // expired: look again at what was changed
  storage::Index next_;             // the first record that is not settled
  bool stopping_ = false;
  bool finished_ = false;
  std::atomic<std::int64_t> oldest_waiting_ = 0;  // milliseconds since the epoch
};

}  // namespace millrace::functions
