// All readers of one event source mapping: one a shard, parents before their children.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "server/mappings/shard_reader.h"

namespace millrace::functions {

// Lives on one io_context, in a shared_ptr, since what is posted to it may come after its end. `run` must
// have completed before it goes.
class MappingReaders : public std::enable_shared_from_this<MappingReaders> {
 public:
  MappingReaders(boost::asio::io_context& context, MappingShared& shared, lambda::MappingPtr mapping);

  // Follows the mapping: reads while it is enabled, stops while it is not, and removes it when it is to be
  // deleted. Completes when it is gone, or when `stop` was called and no reader is left. Does not throw.
  [[nodiscard]] boost::asio::awaitable<void> run();

  // The mapping was changed. From any thread.
  void changed();
  // Ends the readers; invocations that run are waited for. From any thread.
  void stop();

  // Sets the mapping's gauges: how old the oldest record is that its function has yet to process, and of each
  // shard how many such there are. From any thread.
  void refresh_gauge();

 private:
  enum class Aim { read, rest, remove, end };

  void wake();
  void look_at_mapping();
  [[nodiscard]] Aim aim() const;
  [[nodiscard]] bool is_ours(const lambda::SourceShard& shard) const;
  boost::asio::awaitable<void> start_readers();
  void start_reader(std::uint64_t stream, const lambda::SourceShard& shard);
  [[nodiscard]] boost::asio::awaitable<bool> parents_finished(const lambda::SourceStream& stream,
                                                              const lambda::SourceShard& shard);
  // Whether the shard's end is settled; nullopt: the checkpoint cannot be read now.
  [[nodiscard]] boost::asio::awaitable<std::optional<bool>> finished(std::uint64_t stream,
                                                                     lambda::SourceShard shard);
  void stop_readers();
  boost::asio::awaitable<bool> remove();
  boost::asio::awaitable<void> wait();
  void reader_ended(std::uint32_t shard);

  boost::asio::io_context& context_;
  MappingShared& shared_;
  lambda::MappingPtr mapping_;  // as it was last seen
  boost::asio::steady_timer wake_;
  bool stopping_ = false;
  std::uint64_t stream_ = 0;                 // whose shards are read
  std::set<std::uint32_t> finished_shards_;  // by shard number; as their checkpoints say
  KeptCheckpoints checkpoints_;
  const HeldSeries series_;
  const std::shared_ptr<Gauge> iterator_age_;

  std::mutex mutex_;                                               // guards `readers_` against refresh_gauge
  std::map<std::uint32_t, std::unique_ptr<ShardReader>> readers_;  // by shard number
};

}  // namespace millrace::functions
