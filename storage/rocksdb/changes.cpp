#include "storage/rocksdb/changes.h"

#include <algorithm>

namespace millrace::storage {

Append::Append(std::vector<ShardAppend> appends, Completion<Answer> done)
    : appends_(std::move(appends)), done_(std::move(done)) {
  for (const ShardAppend& a : appends_) bytes_ += a.batch.bytes().size();
}

std::optional<Error> Append::stage(Group& group) {
  for (const ShardAppend& a : appends_) {
    const Result<Shard*> shard = group.touch(a.shard);
    if (!shard) return shard.error();
    if ((*shard)->staged.closed) return Error{Errc::closed, "the shard is closed"};
  }
  appended_.reserve(appends_.size());
  for (ShardAppend& a : appends_) {
    appended_.push_back(group.append(*group.touch(a.shard).value(), std::move(a.batch)));
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

}  // namespace millrace::storage
