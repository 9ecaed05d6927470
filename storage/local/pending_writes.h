// The writes that callers can request from the committer.
#pragma once

#include <functional>

#include "storage/catalog.h"
#include "storage/completion.h"
#include "storage/local/committer.h"

namespace millrace::storage {

class Append final : public PendingWrite {
 public:
  using Answer = std::vector<Result<Appended>>;
  Append(std::vector<ShardAppend> appends, Completion<Answer> done);
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }
  // Stages the batches of the shards that accept them; they are written in one frame.
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(std::move(results_)); }
  void fail(Error error) override;

 private:
  std::vector<ShardAppend> appends_;
  std::vector<std::uint64_t> sums_;  // of the batches' records
  std::size_t bytes_ = 0;
  Answer results_;  // empty until staged
  Completion<Answer> done_;
};

// Whether its expectations hold is decided when it is staged. Only their outcome is in the log: a batch whose
// expectations did not hold leaves nothing there, and a replay compares nothing. A removed range is in the
// log as a range, since it may have more rows than a commit should list; the replay, the repair and the
// copies of rows apply it as the database does.
class WriteRows final : public PendingWrite {
 public:
  WriteRows(CatalogBatch rows, Sync sync, Completion<Result<void>> done);
  // When it removes rows, or writes none that are new.
  [[nodiscard]] bool makes_room(const Database& database) const override;
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }
  [[nodiscard]] bool durable() const override { return sync_ == Sync::durable; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_({}); }
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const CatalogBatch rows_;
  const Sync sync_;
  std::size_t bytes_ = 0;
  Completion<Result<void>> done_;
};

// What the reclaimer is told, on the committer's thread, as soon as a change is on disk.
class Reclaimable {
 public:
  virtual ~Reclaimable() = default;
  virtual void trimmed(ShardId shard, Index before) = 0;
  virtual void dropped(std::uint64_t stream) = 0;
};

class Trim final : public PendingWrite {
 public:
  using Trims = std::vector<std::pair<ShardId, Index>>;
  Trim(Trims before, Reclaimable& reclaimable, Completion<Result<void>> done)
      : before_(std::move(before)), reclaimable_(reclaimable), done_(std::move(done)) {}
  [[nodiscard]] std::size_t bytes() const override { return 64 * before_.size(); }
  [[nodiscard]] bool makes_room(const Database&) const override { return true; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override;
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const Trims before_;
  Trims moved_;
  std::optional<Error> error_;  // of the first shard that was left out
  Reclaimable& reclaimable_;
  Completion<Result<void>> done_;
};

class Close final : public PendingWrite {
 public:
  Close(std::vector<ShardId> shards, Completion<Result<std::vector<Index>>> done)
      : shards_(std::move(shards)), done_(std::move(done)) {}
  [[nodiscard]] std::size_t bytes() const override { return 64 * shards_.size(); }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(std::move(ends_)); }
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const std::vector<ShardId> shards_;
  std::vector<Index> ends_;
  Completion<Result<std::vector<Index>>> done_;
};

class Drop final : public PendingWrite {
 public:
  Drop(std::uint64_t stream, Reclaimable& reclaimable, Completion<Result<void>> done)
      : stream_(stream), reclaimable_(reclaimable), done_(std::move(done)) {}
  [[nodiscard]] bool alone() const override { return true; }
  [[nodiscard]] bool makes_room(const Database&) const override { return true; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override;
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const std::uint64_t stream_;
  Reclaimable& reclaimable_;
  Completion<Result<void>> done_;
};

// The engine's own rows; what a power loss undoes is done again, where it is not durable.
class Housekeeping final : public PendingWrite {
 public:
  using Write = std::function<void(rocksdb::WriteBatch&, const Database::Families&)>;
  // `done(true)` once it is written, `done(false)` if it was not; on the committer's thread.
  Housekeeping(Write write, Sync sync, std::function<void(bool)> done)
      : write_(std::move(write)), sync_(sync), done_(std::move(done)) {}
  [[nodiscard]] bool durable() const override { return sync_ == Sync::durable; }
  // So that all changes before it are visible, and their outcome is known, when it is staged.
  [[nodiscard]] bool alone() const override { return true; }
  [[nodiscard]] bool makes_room(const Database&) const override { return true; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(true); }
  void fail(Error) override { done_(false); }

 private:
  const Write write_;
  const Sync sync_;
  const std::function<void(bool)> done_;
};

// Blocks that are written once more, at the end of the log, so that the segment that holds them can go.
class Move final : public PendingWrite {
 public:
  struct Item {
    ShardId shard;
    Block block;
    Location from;
  };
  // `done` as Housekeeping's.
  Move(const Database& database, std::vector<Item> items, std::function<void(bool)> done);
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }
  [[nodiscard]] bool alone() const override { return true; }
  // Leaves out what was trimmed, dropped or moved meanwhile.
  [[nodiscard]] bool makes_room(const Database&) const override { return true; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(true); }
  void fail(Error) override { done_(false); }

 private:
  const Database& database_;
  std::vector<Item> items_;
  std::size_t bytes_ = 0;
  const std::function<void(bool)> done_;
};

}  // namespace millrace::storage
