// Acknowledged records that can no longer be read: their data is damaged, or the index does not know where
// they are.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "storage/shard_log.h"

namespace millrace::storage {

// The records `first` to `next` - 1 of a shard.
struct Loss {
  // Never renumbered.
  enum class Cause {
    block,  // the bytes of the records fail their checksum, or their segment is missing or cut short
    index,  // the index has no row for them: `millrace repair` may find them in the segments
    seal,   // the record is encrypted, and no key of its stream opens it
  };
  ShardId shard;
  Index first, next;
  Cause cause;
  std::string detail;

  [[nodiscard]] std::uint64_t records() const { return next.value - first.value; }
};

// What is known to be lost. Readers pass over what is lost and note it here, each record once however often
// it is met. The store keeps it in rows (rocksdb/loss_rows.h), so that it is known after a restart, until the
// records are past their retention or their stream is deleted. Owned by the application. Safe from any
// thread.
class Losses {
 public:
  using Listener = std::function<void(const Loss&)>;

  // Notes what of the loss is not known yet. Beyond kMost ranges nothing more is noted.
  void add(const Loss& loss);
  // Notes what an earlier process noted: it is not told again.
  void restore(const Loss& loss);
  // Has each loss told, those that were noted before too, on the thread that notes it; nullptr: no more.
  // When this returns, an earlier listener is not called any more.
  void listen(Listener listener);
  // What is known, by shard and in order; ranges that follow one another are one.
  [[nodiscard]] std::vector<Loss> all() const;
  // The stream is gone.
  void forget(std::uint64_t stream);
  // The shard's records before the index are gone.
  void trimmed(ShardId shard, Index before);
  // Has `changed` called, on any thread, when what is known changed; {}: no more.
  void watch(std::function<void()> changed);

  // Shards of which nothing can be read, since their row in the index is damaged, with what is wrong. Of this
  // process alone: they are met again.
  void add_unreadable(ShardId shard, std::string detail);
  [[nodiscard]] std::map<ShardId, std::string> unreadable() const;

  static constexpr std::size_t kMost = 10'000;

 private:
  struct Range {
    Index next;
    Loss::Cause cause;
    std::string detail;
    bool restored;
  };
  using Ranges = std::map<Index, Range>;

  [[nodiscard]] std::vector<Loss> note(const Loss& loss, bool restored);
  void keep(const Loss& loss, bool restored);
  void tell_change();

  std::mutex telling_;  // held while the listener is called; taken before mutex_
  Listener listener_;   // guarded by telling_
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<ShardId, Ranges> shards_;
  std::size_t ranges_ = 0;
  std::map<ShardId, std::string> unreadable_;
  std::mutex watching_;            // held while the watcher is called
  std::function<void()> changed_;  // guarded by watching_
};

}  // namespace millrace::storage
