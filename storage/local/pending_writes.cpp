#include "storage/local/pending_writes.h"

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
  bool any = appends_.empty();
  results_.reserve(appends_.size());
  for (std::size_t i = 0; i < appends_.size(); ++i) {
    const Result<Shard*> shard = group.touch(appends_[i].shard);
    if (!shard) {
      results_.push_back(shard.error());
    } else if ((*shard)->staged.closed) {
      results_.push_back(Error{Errc::closed, "the shard is closed"});
    } else {
      results_.push_back(Appended{{group.append(**shard, std::move(appends_[i].batch), sums_[i])}});
      any = true;
    }
  }
  return any ? std::nullopt : std::optional(results_.front().error());
}

// Staging left each batch its own error, if it failed there. If the group was not written, that is void: a
// shard may have been found closed by a change of the same group.
void Append::fail(Error error) {
  if (results_.empty() || error.code == Errc::read_only) results_.assign(appends_.size(), std::move(error));
  done_(std::move(results_));
}

WriteRows::WriteRows(CatalogBatch rows, Sync sync, Completion<Result<void>> done)
    : rows_(std::move(rows)), sync_(sync), done_(std::move(done)) {
  for (const auto& c : rows_.changes())
    bytes_ += 32 + c.key.size() + (c.value ? c.value->size() : 0) + (c.end ? c.end->size() : 0);
  for (const auto& e : rows_.expectations()) bytes_ += 32 + e.key.size();
}

bool WriteRows::makes_room(const Database& database) const {
  const auto& changes = rows_.changes();
  if (std::any_of(changes.begin(), changes.end(), [](const CatalogBatch::Change& c) { return !c.value; }))
    return true;
  const Database::Access db = database.access();
  if (!db) return false;
  std::string value;
  return std::all_of(changes.begin(), changes.end(), [&](const CatalogBatch::Change& c) {
    return db->Get({}, db.families().catalog, c.key, &value).ok();
  });
}

std::optional<Error> WriteRows::stage(Group& group) {
  if (const Result<void> holds = group.rows().check(rows_); !holds) return holds.error();
  for (const auto& c : rows_.changes()) {
    if (c.end)
      group.batch().DeleteRange(group.families().catalog, c.key, *c.end);
    else if (c.value)
      group.batch().Put(group.families().catalog, c.key, *c.value);
    else
      group.batch().Delete(group.families().catalog, c.key);
  }
  group.rows().add(rows_);
  return {};
}

std::optional<Error> Trim::stage(Group& group) {
  for (const auto& [id, wanted] : before_) {
    const Result<Shard*> shard = group.touch(id);
    if (!shard) {
      if (!error_) error_ = shard.error();
      continue;
    }
    ShardState& state = (*shard)->staged;
    const Index before = std::min(wanted, state.next);
    if (before <= state.trim) continue;
    moved_.emplace_back(id, before);
    state.trim = before;
    group.write_row(**shard);
    group.batch().Put(group.families().meta, trim_key(id), {});
  }
  return moved_.empty() ? std::exchange(error_, {}) : std::nullopt;
}

void Trim::succeed() {
  for (const auto& [id, before] : moved_) reclaimable_.trimmed(id, before);
  if (error_)
    done_(std::move(*error_));
  else
    done_({});
}

std::optional<Error> Close::stage(Group& group) {
  for (const ShardId id : shards_)
    if (const Result<Shard*> shard = group.touch(id); !shard) return shard.error();
  for (const ShardId id : shards_) {
    Shard& shard = *group.touch(id).value();
    ends_.push_back(shard.staged.next);
    if (std::exchange(shard.staged.closed, true)) continue;
    group.write_row(shard);
  }
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
    if (!shard && shard.error().code != Errc::not_found) return shard.error();
    if (!shard || (*shard)->staged.trim >= item.block.next()) continue;
    const auto now = location_of(database_, item.shard, item.block.first());
    if (!now) return now.error();
    if (*now && **now == item.from) group.move(item.shard, std::move(item.block), item.from.checksum);
  }
  return {};
}

}  // namespace millrace::storage
