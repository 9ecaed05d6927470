// Reads one shard for one event source mapping: hands the records that pass its filter to the lanes of their
// partition keys, and keeps a checkpoint after what these have settled.
#pragma once

#include "api/lambda/mappings/shard_progress.h"
#include "server/mappings/kept_checkpoint.h"
#include "server/mappings/shard_lane.h"

namespace millrace::functions {

// Lives on one io_context, owned by its mapping's MappingReaders. `run` must have completed before it goes.
class ShardReader final : private LaneOwner {
 public:
  ShardReader(boost::asio::io_context& context, MappingShared& shared, KeptCheckpoints& checkpoints,
              lambda::MappingPtr mapping, std::uint64_t stream, lambda::SourceShard shard);

  // Reads until `stop`, or until the shard is closed and read to its end. An invocation that runs when `stop`
  // is called is waited for, and its success is kept. Does not throw.
  [[nodiscard]] boost::asio::awaitable<void> run();
  void stop();
  // The mapping's settings as they are now; used from the next try on.
  void change(lambda::MappingPtr mapping);

  // Whether the shard's end is settled.
  [[nodiscard]] bool finished() const { return finished_; }
  // Brings the gauge of the records that are not settled up to date. Safe from any thread.
  void refresh_gauge();
  // When the oldest record arrived that is read and not settled; the epoch when there is none. Safe from any
  // thread.
  [[nodiscard]] Time oldest_waiting() const {
    return Time(std::chrono::milliseconds(oldest_waiting_.load()));
  }

 private:
  using Instant = Wake::Instant;
  struct Held;
  using LaneRecords = std::vector<std::pair<std::size_t, lambda::EventRecord>>;  // with their lanes

  [[nodiscard]] const lambda::MappingPtr& mapping() const override { return mapping_; }
  [[nodiscard]] const lambda::SourceShard& shard() const override { return shard_; }
  [[nodiscard]] bool reads_on() const override { return !at_end_ && readable_ && room() > 0; }
  [[nodiscard]] bool read_to_end() const override { return at_end_ && closed_; }
  void progressed() override;

  boost::asio::awaitable<bool> open();
  boost::asio::awaitable<bool> read_with_lanes();
  void start_lanes(std::optional<lambda::WindowState> window);
  void wake_lanes();
  [[nodiscard]] bool reading() const { return !stopping_ && !restart_ && !finished_; }
  [[nodiscard]] std::size_t room() const;
  [[nodiscard]] bool lanes_idle() const;
  boost::asio::awaitable<void> read_on();
  // Hands the records that pass the filter to their lanes, in the clear; if one does not open, or the reading
  // ends meanwhile, none of them.
  boost::asio::awaitable<bool> distribute(storage::Records read);
  // Takes those out that the filter leaves out. False: the reading ended meanwhile.
  boost::asio::awaitable<bool> filter(LaneRecords& records);
  void unreadable(const storage::Error& error);
  // Whether the server does not survive the record. Says so.
  [[nodiscard]] bool passes_over(const storage::Record& record) const;
  boost::asio::awaitable<void> wait_at_end();
  boost::asio::awaitable<void> grown_or_closed();
  // Writes the checkpoint as it is now, at the latest after the one that is being written: lanes do not wait
  // for it. A kill repeats what is not written.
  void keep_soon(bool finished);
  boost::asio::awaitable<void> keep_newest();
  // For the reader's own coroutine.
  boost::asio::awaitable<void> all_kept();
  void note_oldest();
  [[nodiscard]] bool closed() const;

  boost::asio::io_context& context_;
  MappingShared& shared_;
  KeptCheckpoints& checkpoints_;
  lambda::MappingPtr mapping_;
  const std::uint64_t stream_;
  const lambda::SourceShard shard_;
  Wake wake_;
  std::optional<lambda::ShardProgress> progress_;
  std::vector<std::unique_ptr<ShardLane>> lanes_;
  std::size_t running_lanes_ = 0;
  lambda::Checkpoint kept_;
  bool kept_is_newer_ = false;  // than what was written
  bool keeping_ = false;
  storage::Index next_;                     // where to read on
  const std::set<storage::Index> crashed_;  // records that are passed over
  const std::shared_ptr<std::size_t> held_bytes_ =
      std::make_shared<std::size_t>(0);  // of the reads that lanes still need
  bool at_end_ = false, closed_ = false;
  bool readable_ = true;  // the last read went well
  bool restart_ = false;  // the lanes are no longer those that the mapping wants
  bool lane_failed_ = false;
  bool stopping_ = false, finished_ = false;
  std::atomic<std::int64_t> oldest_waiting_ = 0;  // milliseconds since the epoch
  const HeldSeries series_;
  const std::shared_ptr<Gauge> lag_;
  std::atomic<std::uint64_t> settled_ = 0;  // the index before which all is
};

}  // namespace millrace::functions
