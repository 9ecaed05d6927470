// Counts what happens in single shards, where EnableEnhancedMonitoring asks for it: the metrics that a stream
// has on, under names that follow CloudWatch's.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "api/kinesis/store.h"
#include "storage/probe.h"

namespace millrace::kinesis {

// Safe from any thread. Where a stream has no such metrics on, a call costs one branch.
class ShardProbes {
 public:
  ShardProbes(Probes& registry, const Streams& streams);
  ~ShardProbes();

  // Records that were taken, and their bytes of data.
  void incoming(const Stream& stream, const Shard& shard, std::uint64_t records, std::uint64_t bytes);
  // Records that were read or pushed, and their bytes, keys included.
  void outgoing(const Stream& stream, const Shard& shard, std::uint64_t records, std::uint64_t bytes);
  // The age of what a GetRecords had yet to read.
  void behind(const Stream& stream, const Shard& shard, std::int64_t ms);
  // A record, or a read, was refused for the shard's rate.
  void write_throttled(const Stream& stream, const Shard& shard);
  void read_throttled(const Stream& stream, const Shard& shard);

  // After a change of a stream's metrics or shards, and its deletion: its series leave the registry. Those
  // that are on then come back from zero with their next use.
  void forget(std::uint64_t stream);

 private:
  struct Series;  // of one shard

  template <class F>
  void with(const Stream& stream, const Shard& shard, F&& f);

  Probes& registry_;
  const Streams& streams_;
  std::mutex mutex_;
  std::map<storage::ShardId, std::unique_ptr<Series>> series_;  // guarded by mutex_
};

}  // namespace millrace::kinesis
