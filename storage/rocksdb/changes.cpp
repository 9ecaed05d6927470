#include "storage/rocksdb/changes.h"

#include <algorithm>

namespace millrace::storage {

Append::Append(std::vector<ShardAppend> appends, Completion<Answer> done)
    : appends_(std::move(appends)), done_(std::move(done)) {
  // Here, on the caller's thread: there are many of them, and one committer.
  for (const ShardAppend& a : appends_) {
    const Bytes& bytes = a.batch.bytes();
    bytes_ += bytes.size();
    sums_.push_back(checksum({bytes.data() + kBlockHeaderBytes, bytes.size() - kBlockHeaderBytes}));
  }
}

std::optional<Error> Append::stage(Group& group) {
  for (const ShardAppend& a : appends_) {
    const Result<Shard*> shard = group.touch(a.shard);
    if (!shard) return shard.error();
    if ((*shard)->staged.closed) return Error{Errc::closed, "the shard is closed"};
  }
  appended_.reserve(appends_.size());
  for (std::size_t i = 0; i < appends_.size(); ++i) {
    Shard& shard = *group.touch(appends_[i].shard).value();
    appended_.push_back(group.append(shard, std::move(appends_[i].batch), sums_[i]));
  }
  return {};
}

WriteRows::WriteRows(CatalogBatch rows, Sync sync, Completion<Result<void>> done)
    : rows_(std::move(rows)), sync_(sync), done_(std::move(done)) {
  for (const auto& c : rows_.changes()) bytes_ += 32 + c.key.size() + (c.value ? c.value->size() : 0);
}

std::optional<Error> WriteRows::stage(Group& group) {
  for (const auto& c : rows_.changes()) {
    if (c.value)
      group.batch().Put(group.families().catalog, c.key, *c.value);
    else
      group.batch().Delete(group.families().catalog, c.key);
  }
  return {};
}

std::optional<Error> Trim::stage(Group& group) {
  const Result<Shard*> shard = group.touch(shard_);
  if (!shard) return shard.error();
  ShardState& state = (*shard)->staged;
  before_ = std::min(before_, state.next);
  if (before_ <= state.trim) return {};
  moved_ = true;
  state.trim = before_;
  group.write_row(**shard);
  group.batch().Put(group.families().meta, trim_key(shard_), {});
  return {};
}

void Trim::succeed() {
  if (moved_) reclaimable_.trimmed(shard_, before_);
  done_({});
}

std::optional<Error> Close::stage(Group& group) {
  const Result<Shard*> shard = group.touch(shard_);
  if (!shard) return shard.error();
  end_ = (*shard)->staged.next;
  if ((*shard)->staged.closed) return {};
  (*shard)->staged.closed = true;
  group.write_row(**shard);
  return {};
}

std::optional<Error> Drop::stage(Group& group) {
  group.drop(stream_);
  return {};
}

void Drop::succeed() {
  reclaimable_.dropped(stream_);
  done_({});
}

std::optional<Error> Housekeeping::stage(Group& group) {
  write_(group.batch(), group.families());
  return {};
}

Move::Move(const Database& database, std::vector<Item> items, std::function<void(bool)> done)
    : database_(database), items_(std::move(items)), done_(std::move(done)) {
  for (const Item& item : items_) bytes_ += item.block.bytes.size();
}

std::optional<Error> Move::stage(Group& group) {
  for (Item& item : items_) {
    const Result<Shard*> shard = group.touch(item.shard);
    if (!shard || (*shard)->staged.trim >= item.block.next()) continue;
    const auto now = location_of(database_, item.shard, item.block.first());
    if (!now) return now.error();
    if (*now && **now == item.from) group.move(item.shard, std::move(item.block), item.from.checksum);
  }
  return {};
}

}  // namespace millrace::storage
