#include "storage/local/shard_ends.h"

#include "storage/local/index/database.h"
#include "storage/local/index/keys.h"

namespace millrace::storage {

bool ShardEnds::add(std::string_view segment_row) {
  const std::lock_guard lock(mutex_);
  return SegmentContents::for_each(segment_row, [this](ShardId shard, const SegmentContents::OfShard& of) {
    Index& end = ends_[shard];
    end = std::max(end, of.next);
  });
}

Index ShardEnds::of(ShardId shard) const {
  const std::lock_guard lock(mutex_);
  const auto at = ends_.find(shard);
  return at == ends_.end() ? Index{} : at->second;
}

void ShardEnds::forget(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  std::erase_if(ends_, [stream](const auto& end) { return end.first.stream == stream; });
}

std::unordered_set<std::uint64_t> ShardEnds::streams() const {
  std::unordered_set<std::uint64_t> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [shard, end] : ends_) out.insert(shard.stream);
  return out;
}

// Of Database, what concerns the ends of shards.

namespace {

// Whether the index has a row of the stream's shards.
rocksdb::Status has_rows(rocksdb::DB& db, const Database::Families& families, std::uint64_t stream,
                         bool& found) {
  const std::pair<rocksdb::ColumnFamilyHandle*, std::string> places[] = {
      {families.log, stream_prefix(stream)}, {families.meta, 'S' + stream_prefix(stream)}};
  for (const auto& [family, prefix] : places) {
    const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator({}, family));
    it->Seek(prefix);
    // A row that cannot be read is one.
    found = found || it->status().IsCorruption() || (it->Valid() && it->key().starts_with(prefix));
    if (!it->status().ok() && !it->status().IsCorruption()) return it->status();
  }
  return rocksdb::Status::OK();
}

}  // namespace

// The rows of the segments that this run will not write any more, those that have none included: the server
// was killed, or a write failed, before it was written.
rocksdb::Status Database::learn_ends() {
  rocksdb::WriteBatch batch;
  for (const std::uint64_t number : segments_.numbers()) {
    std::string row;
    const rocksdb::Status s = db_->Get({}, families_.meta, segment_key(number), &row);
    if (!s.ok() && !s.IsNotFound()) return s;
    if (s.ok() && ends_.add(row)) continue;
    const auto contents = segments_.contents(number);
    if (!contents) return rocksdb::Status::IOError(contents.error().detail);
    row = contents->bytes();
    (void)ends_.add(row);
    if (contents->whole) batch.Put(families_.meta, segment_key(number), row);
  }
  if (const rocksdb::Status s = forget_dropped(batch); !s.ok()) return s;
  if (batch.Count() == 0) return rocksdb::Status::OK();
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  return db_->Write(o, &batch);
}

rocksdb::Status Database::forget_dropped(rocksdb::WriteBatch& batch) {
  const std::unordered_set<std::uint64_t> named = ends_.streams();
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_.meta));
  for (it->Seek("D"); it->Valid() && it->key()[0] == 'D'; it->Next()) {
    if (it->key().size() != 9) continue;
    const std::uint64_t stream = get_u64(it->key().ToStringView(), 1);
    ends_.forget(stream);
    if (it->value() == kDropDone && !named.contains(stream)) batch.Delete(families_.meta, it->key());
  }
  if (!it->status().ok()) return it->status();
  // Earlier versions kept no row of a stream that was dropped: it is one of which there is no row at all.
  std::string known;
  const rocksdb::Status s = db_->Get({}, families_.meta, kDropsKeptKey, &known);
  if (s.ok() || !s.IsNotFound()) return s;
  for (const std::uint64_t stream : ends_.streams()) {
    bool found = false;
    if (rocksdb::Status looked = has_rows(*db_, families_, stream, found); !looked.ok()) return looked;
    if (found) continue;
    ends_.forget(stream);
    batch.Put(families_.meta, drop_key(stream), kDropDone);
  }
  batch.Put(families_.meta, kDropsKeptKey, {});
  return rocksdb::Status::OK();
}

}  // namespace millrace::storage
