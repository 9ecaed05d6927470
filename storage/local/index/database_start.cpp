// What a start does with what it finds: the store is opened when all that was acknowledged is there, and
// refused, with no file changed, when it is not; unless its owner accepts the loss.
#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>

#include "storage/local/index/database.h"
#include "storage/local/index/keys.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

// What an open writes, and a little: RocksDB's files, of which it takes 4 MiB in advance, and a first small
// segment.
constexpr std::uint64_t kOpenBytes = 12 << 20;
// Lines of damage in the message of a start that is refused.
constexpr std::size_t kToldLines = 8;

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), kToldLines); ++i) text += (i > 0 ? "; " : "") + lines[i];
  if (lines.size() > kToldLines) text += "; and " + std::to_string(lines.size() - kToldLines) + " more";
  return text;
}

}  // namespace

Result<bool> Database::is_new() const {
  std::error_code failed;
  const bool there = fs::exists(options_.dir / "CURRENT", failed);
  if (failed) return Error{Errc::io, (options_.dir / "CURRENT").string() + ": " + failed.message()};
  if (there) return false;
  // A first start that was interrupted leaves files, too, but no segment and no table.
  bool used = !segments_.numbers().empty();
  for (fs::directory_iterator at(options_.dir, failed), end; !failed && at != end; at.increment(failed))
    used = used || at->path().extension() == ".sst";
  if (failed) return Error{Errc::io, options_.dir.string() + ": " + failed.message()};
  if (used)
    return Error{Errc::corrupt,
                 "the index in " + options_.dir.string() + " is incomplete: the file CURRENT is missing"};
  return true;
}

Result<void> Database::make_room_to_open() {
  if (options_.reserve_bytes == 0 || reserve_.free_bytes() >= kOpenBytes) return {};
  reserve_.release();
  const std::uint64_t free = reserve_.free_bytes();
  if (free >= kOpenBytes) return {};
  return Error{Errc::read_only,
               "the disk of " + options_.dir.string() + " is full: " + std::to_string(free >> 10) +
                   " KiB are free, and the server needs " + std::to_string(kOpenBytes >> 10) + " KiB"};
}

rocksdb::Status Database::check_tables() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  // The families that a start depends on first, then the newest.
  const auto rank = [](const rocksdb::LiveFileMetaData& f) {
    const bool small = f.column_family_name != "log" && f.column_family_name != "times";
    return std::pair(small ? 0 : 1, ~f.file_number);
  };
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  std::uint64_t read = 0;
  for (const rocksdb::LiveFileMetaData& file : files) {
    if (read > 0 && read + file.size > options_.index_check_bytes) break;
    read += file.size;
    rocksdb::Options o;
    o.env = env_.get();
    rocksdb::SstFileReader reader(o);
    rocksdb::Status s = reader.Open(file.db_path + file.name);
    if (s.ok()) s = reader.VerifyChecksum();
    if (!s.ok() && is_live(file)) return s;  // a compaction may have removed it meanwhile
  }
  return rocksdb::Status::OK();
}

bool Database::is_live(const rocksdb::LiveFileMetaData& file) const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db_->GetLiveFilesMetaData(&files);
  return std::any_of(files.begin(), files.end(),
                     [&](const auto& f) { return f.file_number == file.file_number; });
}

rocksdb::Status Database::has_records_before(ShardId shard, Index next, bool& live) const {
  std::string row;
  rocksdb::Status s = db_->Get({}, families_.meta, shard_key(shard), &row);
  if (!s.ok() && !s.IsNotFound()) return s;
  ShardState state;
  if (s.ok() && !parse_shard_row(row, state)) return rocksdb::Status::Corruption("malformed row of a shard");
  // The rows of a dropped stream are gone.
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_.log));
  it->Seek(log_key(shard, state.trim));
  live = next > state.trim && it->Valid() && it->key().starts_with(shard_prefix(shard));
  return it->status();
}

rocksdb::Status Database::look_for_segments() {
  const std::vector<std::uint64_t> numbers = segments_.numbers();
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_.meta));
  for (it->Seek("G"); it->Valid() && it->key()[0] == 'G'; it->Next()) {
    if (it->key().size() != 9) continue;
    const std::uint64_t number = get_u64(it->key().ToStringView(), 1);
    if (std::binary_search(numbers.begin(), numbers.end(), number)) continue;
    const auto contents = SegmentContents::parse(it->value().ToStringView());
    std::uint64_t bytes = 0, shards = 0;
    if (contents) {
      for (const auto& [shard, of] : contents->shards) {
        bool live = false;
        if (const rocksdb::Status s = has_records_before(shard, of.next, live); !s.ok()) return s;
        if (!live) continue;
        bytes += of.bytes;
        ++shards;
      }
    }
    rows_of_lost_.insert(number);
    if (contents && bytes == 0) continue;  // nobody needs it
    found_.damage.push_back("segment " + std::to_string(number) + " is missing; it contained up to " +
                            std::to_string(bytes) + " bytes of records of " + std::to_string(shards) +
                            " shards");
  }
  return it->status();
}

Result<void> Database::settle() {
  if (const rocksdb::Status s = look_for_segments(); !s.ok()) return to_error(s);
  const Result<std::string> newest = segments_.look_for_newest(found_);
  if (!newest) return newest.error();
  if (!newest->empty()) found_.damage.push_back(*newest);
  if (found_.damage.empty()) {
    segments_.trim_to_end(found_);
    return segments_.settle_note();
  }
  if (options_.accept_data_loss) return go_on_without();
  return Error{Errc::corrupt,
               std::string(kLogDamaged) + ", and acknowledged data would be lost: " + text_of(found_.damage)};
}

Result<void> Database::go_on_without() {
  const auto kept = segments_.set_aside(found_);
  if (!kept) return kept.error();
  rows_of_lost_.insert(found_.unreadable.begin(), found_.unreadable.end());
  for (const fs::path& path : *kept)
    found_.damage.push_back("the damaged file was moved to " + path.string());
  // From here on the log begins behind the damage, so that the next start does not meet it again: where the
  // segment in which it would go on is gone, in a new one.
  const Position end = segments_.end();
  const auto there = segments_.open_file(end.segment);
  if (!there) return there.error();
  rocksdb::WriteBatch begin;
  if (end.segment != 0 && !*there)
    if (const rocksdb::Status s = write(begin, {}, true); !s.ok()) return to_error(s);
  rocksdb::WriteBatch batch;
  for (const std::uint64_t number : rows_of_lost_) batch.Delete(families_.meta, segment_key(number));
  batch.Put(families_.meta, kPositionKey, segments_.end().bytes());
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  rocksdb::Status s = db_->Write(o, &batch);
  if (s.ok()) s = db_->Flush({}, {families_.catalog, families_.log, families_.times, families_.meta});
  if (!s.ok()) return to_error(s);
  return segments_.settle_note();
}

}  // namespace millrace::storage
