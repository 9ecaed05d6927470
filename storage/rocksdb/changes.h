// The changes that callers ask for.
#pragma once

#include <functional>

#include "storage/catalog.h"
#include "storage/completion.h"
#include "storage/rocksdb/committer.h"

namespace millrace::storage {

class Append final : public Change {
 public:
  using Answer = Result<std::vector<Appended>>;
  Append(std::vector<ShardAppend> appends, Completion<Answer> done);
  [[nodiscard]] std::size_t bytes() const override { return bytes_; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(std::move(appended_)); }
  void fail(Error error) override { done_(std::move(error)); }

 private:
  std::vector<ShardAppend> appends_;
  std::vector<std::uint64_t> sums_;  // of the batches' records
  std::size_t bytes_ = 0;
  std::vector<Appended> appended_;
  Completion<Answer> done_;
};

class WriteRows final : public Change {
 public:
  WriteRows(CatalogBatch rows, Sync sync, Completion<Result<void>> done);
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

class Trim final : public Change {
 public:
  Trim(ShardId shard, Index before, Reclaimable& reclaimable, Completion<Result<void>> done)
      : shard_(shard), before_(before), reclaimable_(reclaimable), done_(std::move(done)) {}
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override;
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const ShardId shard_;
  Index before_;
  bool moved_ = false;
  Reclaimable& reclaimable_;
  Completion<Result<void>> done_;
};

class Close final : public Change {
 public:
  Close(ShardId shard, Completion<Result<Index>> done) : shard_(shard), done_(std::move(done)) {}
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(end_); }
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const ShardId shard_;
  Index end_;
  Completion<Result<Index>> done_;
};

class Drop final : public Change {
 public:
  Drop(std::uint64_t stream, Reclaimable& reclaimable, Completion<Result<void>> done)
      : stream_(stream), reclaimable_(reclaimable), done_(std::move(done)) {}
  [[nodiscard]] bool alone() const override { return true; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override;
  void fail(Error error) override { done_(std::move(error)); }

 private:
  const std::uint64_t stream_;
  Reclaimable& reclaimable_;
  Completion<Result<void>> done_;
};

// The engine's own rows; what a power loss undoes is done again, where it is not durable.
class Housekeeping final : public Change {
 public:
  using Write = std::function<void(rocksdb::WriteBatch&, const Database::Families&)>;
  // `done(true)` once it is written, `done(false)` if it was not; on the committer's thread.
  Housekeeping(Write write, Sync sync, std::function<void(bool)> done)
      : write_(std::move(write)), sync_(sync), done_(std::move(done)) {}
  [[nodiscard]] bool durable() const override { return sync_ == Sync::durable; }
  // So that all changes before it are visible, and their outcome is known, when it is staged.
  [[nodiscard]] bool alone() const override { return true; }
  [[nodiscard]] std::optional<Error> stage(Group& group) override;
  void succeed() override { done_(true); }
  void fail(Error) override { done_(false); }

 private:
  const Write write_;
  const Sync sync_;
  const std::function<void(bool)> done_;
};

// Blocks that are written once more, at the end of the log, so that the segment that holds them can go.
class Move final : public Change {
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
