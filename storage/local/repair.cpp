#include "storage/local/repair.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "storage/base/files.h"
#include "storage/local/index/block_check.h"
#include "storage/local/index/keys.h"
#include "storage/local/segments/log_chain.h"
#include "storage/local/segments/newest_segment.h"
#include "storage/local/snapshot.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;
using rocksdb::Status;

constexpr std::size_t kBatchBytes = 1 << 20;
constexpr const char* kUnfinished = "repaired.new";

// The number of a family is its place in column_families().
constexpr std::uint32_t kMetaFamily = 3;

Result<void> checked(const Status& s) {
  if (!s.ok()) return to_error(s);
  return {};
}

// What a frame's rows drop.
class Drops final : public rocksdb::WriteBatch::Handler {
 public:
  explicit Drops(std::set<std::uint64_t>& streams) : streams_(streams) {}
  Status PutCF(std::uint32_t family, const rocksdb::Slice& key, const rocksdb::Slice&) override {
    if (family == kMetaFamily && key.size() == 9 && key[0] == 'D')
      streams_.insert(get_u64(key.ToStringView(), 1));
    return Status::OK();
  }
  Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override { return Status::OK(); }
  Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return Status::OK();
  }

 private:
  std::set<std::uint64_t>& streams_;
};

bool is_of_database(const std::string& name) {
  for (const char* whole : {"CURRENT", "IDENTITY", "LOCK", "LOG"})
    if (name == whole) return true;
  for (const char* begin : {"MANIFEST-", "OPTIONS-", "LOG.old"})
    if (name.starts_with(begin)) return true;
  for (const char* end : {".sst", ".log", ".dbtmp", ".blob"})
    if (name.ends_with(end)) return true;
  return false;
}

std::vector<std::string> files_of_database(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory))
    if (const std::string name = entry.path().filename(); entry.is_regular_file() && is_of_database(name))
      names.push_back(name);
  // Without its CURRENT a database is not one: it goes first and comes last.
  std::sort(names.begin(), names.end());
  std::stable_partition(names.begin(), names.end(), [](const std::string& n) { return n == "CURRENT"; });
  return names;
}

Result<void> move_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return last_error(from);
  return {};
}

class Repair {
 public:
  explicit Repair(const RocksOptions& options) : options_(options) {}
  ~Repair() { close(); }
  Repair(const Repair&) = delete;

  Result<Repaired> run() {
    read_snapshot();
    auto chain = LogChain::open(options_.dir / "segments", options_.file_system, ends(), out_.lost);
    if (!chain) return chain.error();
    chain_.emplace(std::move(*chain));
    if (Result<void> looked = look_for_newest(); !looked) return looked.error();
    if (chain_->links().empty() && out_.snapshot.empty())
      return Error{Errc::not_found, (options_.dir / "segments").string() + " has no segments with data"};
    for (auto step : {&Repair::open, &Repair::put_rows, &Repair::put_older_blocks, &Repair::replay,
                      &Repair::check_blocks, &Repair::count_rows, &Repair::finish, &Repair::install})
      if (Result<void> done = (this->*step)(); !done) return done.error();
    return std::move(out_);
  }

 private:
  void read_snapshot();
  [[nodiscard]] Result<void> look_for_newest();
  [[nodiscard]] std::map<std::uint64_t, std::uint64_t> ends() const;
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> put_rows();
  [[nodiscard]] Result<void> put_older_blocks();
  [[nodiscard]] Result<void> replay();
  [[nodiscard]] Result<void> apply(const ReadFrame& frame);
  [[nodiscard]] bool is_whole(const ReadFrame& frame) const;
  [[nodiscard]] Result<void> check_blocks();
  [[nodiscard]] Result<void> count_rows();
  // Deletes the rows of segments that are not there.
  [[nodiscard]] Result<void> forget_missing(rocksdb::WriteBatch& batch) const;
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] Result<void> install();
  void close();

  // Writes the batch once it is large, or `now`.
  [[nodiscard]] Result<void> write(rocksdb::WriteBatch& batch, bool now = false);

  const RocksOptions& options_;
  const fs::path unfinished_ = options_.dir / kUnfinished;
  Repaired out_;
  Snapshot snapshot_;
  std::optional<LogChain> chain_;
  std::unique_ptr<rocksdb::DB> db_;
  Database::Families families_{};
  Position end_;
  std::optional<NewestSegment> newest_;  // to be noted instead of a segment that is not there
  std::set<std::uint64_t> dropped_;
};

void Repair::read_snapshot() {
  for (const fs::path& file : snapshots_in(options_.dir / "snapshots")) {
    Result<Snapshot> read = Snapshot::read(file);
    if (!read) {
      out_.lost.push_back(read.error().detail + "; an older snapshot is used if there is one");
      continue;
    }
    snapshot_ = std::move(*read);
    out_.snapshot = file;
    return;
  }
}

Result<void> Repair::look_for_newest() {
  const auto noted = NewestSegment::read(options_.dir);
  if (!noted) return noted.error();
  const std::uint64_t newest = chain_->links().empty() ? 0 : chain_->links().back().number;
  if (!*noted || (*noted)->number <= newest) return {};
  out_.lost.push_back("segment " + std::to_string((*noted)->number) +
                      ", the newest segment with commits, is missing or cannot be read");
  newest_ = NewestSegment{newest, false};
  return {};
}

std::map<std::uint64_t, std::uint64_t> Repair::ends() const {
  std::map<std::uint64_t, std::uint64_t> out;
  for (auto at = snapshot_.meta.lower_bound("G"); at != snapshot_.meta.end() && at->first[0] == 'G'; ++at)
    if (const auto contents = SegmentContents::parse(at->second); contents && at->first.size() == 9)
      out.emplace(get_u64(at->first, 1), contents->end);
  return out;
}

Result<void> Repair::open() {
  std::error_code failed;
  fs::remove_all(unfinished_, failed);
  if (Result<void> made = make_directory(unfinished_); !made) return made;
  rocksdb::DBOptions o;
  o.create_if_missing = true;
  o.create_missing_column_families = true;
  o.atomic_flush = true;
  o.info_log_level = rocksdb::WARN_LEVEL;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const auto cache = rocksdb::NewLRUCache(options_.read_cache_bytes);
  const Status s =
      rocksdb::DB::Open(o, unfinished_.string(), column_families(options_, cache), &handles, &db);
  if (!s.ok()) return to_error(s);
  db_.reset(db);
  families_ = {handles[0], handles[1], handles[2], handles[3]};
  return {};
}

Result<void> Repair::write(rocksdb::WriteBatch& batch, bool now) {
  if (batch.Count() == 0 || (!now && batch.GetDataSize() < kBatchBytes)) return {};
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  const Status s = db_->Write(o, &batch);
  batch.Clear();
  return checked(s);
}

Result<void> Repair::put_rows() {
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : snapshot_.meta) {
    batch.Put(families_.meta, key, value);
    if (Result<void> written = write(batch); !written) return written;
  }
  if (!out_.snapshot.empty()) {
    const auto row = [&](std::string_view key, std::string_view value) {
      batch.Put(families_.catalog, {key.data(), key.size()}, {value.data(), value.size()});
      return write(batch);
    };
    const auto read = Snapshot::read(out_.snapshot, row);
    if (!read) return read.error();
  }
  return write(batch, true);
}

// In front of the snapshot's position: what it says was there. Of two places of a block, the later one
// counts.
Result<void> Repair::put_older_blocks() {
  const Position& position = snapshot_.position;
  std::map<ShardId, Index> trims;
  for (const auto& [id, newest] : snapshot_.newest) {
    bool damaged = false;
    const Result<ShardState> state = shard_state(*db_, families_, id, damaged);
    if (!state) return state.error();
    trims.emplace(id, state->trim);
  }
  rocksdb::WriteBatch batch;
  const auto each = [&](const ReadFrame& frame) -> Result<void> {
    for (std::size_t i = 0; i < frame.locations.size(); ++i) {
      const FrameHead::Entry& block = frame.head.blocks[i];
      const auto newest = snapshot_.newest.find(block.shard);
      if (newest == snapshot_.newest.end() || block.first > newest->second) continue;
      if (block.next() <= trims.at(block.shard)) continue;
      batch.Put(families_.log, log_key(block.shard, block.first), frame.locations[i].bytes());
    }
    return write(batch);
  };
  for (LogChain::Link link : chain_->links()) {
    if (link.number > position.segment) break;
    ++out_.segments;
    if (link.number == position.segment) {
      link.end = std::min(link.end, position.offset);
      link.end_is_known = true;
    }
    if (Result<void> read = chain_->frames(link, 0, each, out_.lost); !read) return read;
  }
  return write(batch, true);
}

bool Repair::is_whole(const ReadFrame& frame) const {
  return std::all_of(frame.locations.begin(), frame.locations.end(),
                     [this](const Location& at) { return chain_->read(at).has_value(); });
}

Result<void> Repair::replay() {
  end_ = snapshot_.position;
  std::optional<ReadFrame> pending;
  const auto each = [&](const ReadFrame& frame) -> Result<void> {
    if (frame.head.number <= (pending ? pending->head.number : end_.frame)) return {};
    if (pending)
      if (Result<void> applied = apply(*pending); !applied) return applied;
    pending = frame;
    return {};
  };
  if (end_.frame == 0 && !chain_->begins() && !chain_->links().empty())
    out_.lost.push_back(
        "no snapshot can be read, and the beginning of the log was removed: streams, functions, buckets and "
        "settings that did not change since segment " +
        std::to_string(chain_->links().front().number) + " are missing");
  for (const LogChain::Link& link : chain_->links()) {
    if (link.number < snapshot_.position.segment) continue;
    if (link.number > snapshot_.position.segment) ++out_.segments;
    const std::uint64_t from = link.number == snapshot_.position.segment ? snapshot_.position.offset : 0;
    if (Result<void> read = chain_->frames(link, from, each, out_.lost); !read) return read;
  }
  if (!pending) return {};
  // The server may have stopped while it wrote this one.
  return is_whole(*pending) ? apply(*pending) : Result<void>();
}

Result<void> Repair::apply(const ReadFrame& frame) {
  const bool follows = frame.head.number == end_.frame + 1 || (end_.frame == 0 && !chain_->begins());
  if (!follows)
    out_.lost.push_back("frames " + std::to_string(end_.frame + 1) + " to " +
                        std::to_string(frame.head.number - 1) + " of the log are missing, before segment " +
                        std::to_string(frame.end.segment) + ", offset " + std::to_string(frame.end.offset));
  end_ = frame.end;
  ++out_.frames;
  rocksdb::WriteBatch batch =
      frame.head.rows.empty() ? rocksdb::WriteBatch() : rocksdb::WriteBatch(frame.head.rows);
  Drops drops(dropped_);
  if (const Status s = batch.Iterate(&drops); !s.ok()) return to_error(s);
  for (std::size_t i = 0; i < frame.locations.size(); ++i) {
    const FrameHead::Entry& block = frame.head.blocks[i];
    batch.Put(families_.log, log_key(block.shard, block.first), frame.locations[i].bytes());
  }
  return write(batch, true);
}

Result<void> Repair::check_blocks() {
  return BlockCheck(*db_, families_, *chain_, snapshot_, dropped_, out_).run();
}

Result<void> Repair::count_rows() {
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_.catalog));
  for (it->SeekToFirst(); it->Valid(); it->Next()) ++out_.rows;
  return checked(it->status());
}

// What is missing is told now, and nothing that each start finds again.
Result<void> Repair::forget_missing(rocksdb::WriteBatch& batch) const {
  std::set<std::uint64_t> there;
  for (const LogChain::Link& link : chain_->links()) there.insert(link.number);
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, families_.meta));
  for (it->Seek("G"); it->Valid() && it->key()[0] == 'G'; it->Next())
    if (it->key().size() == 9 && !there.contains(get_u64(it->key().ToStringView(), 1)))
      batch.Delete(families_.meta, it->key());
  return checked(it->status());
}

Result<void> Repair::finish() {
  rocksdb::WriteBatch batch;
  batch.Put(families_.meta, kPositionKey, end_.bytes());
  if (Result<void> forgotten = forget_missing(batch); !forgotten) return forgotten;
  if (Result<void> written = write(batch, true); !written) return written;
  const Status s = db_->Flush({}, {families_.catalog, families_.log, families_.times, families_.meta});
  close();
  return checked(s);
}

void Repair::close() {
  if (!db_) return;
  for (auto* handle : {families_.catalog, families_.log, families_.times, families_.meta})
    (void)db_->DestroyColumnFamilyHandle(handle);
  (void)db_->Close();
  db_.reset();
}

Result<void> Repair::install() {
  if (const std::vector<std::string> old = files_of_database(options_.dir); !old.empty()) {
    char time[32];
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    std::strftime(time, sizeof time, "damaged-%Y%m%dT%H%M%SZ", gmtime_r(&now, &utc));
    out_.set_aside = options_.dir / time;
    for (int i = 2; fs::exists(out_.set_aside); ++i)
      out_.set_aside = options_.dir / (time + ("-" + std::to_string(i)));
    if (Result<void> made = make_directory(out_.set_aside); !made) return made;
    for (const std::string& name : old)
      if (Result<void> moved = move_file(options_.dir / name, out_.set_aside / name); !moved) return moved;
    if (Result<void> synced = sync_names(out_.set_aside); !synced) return synced;
  }
  std::vector<std::string> fresh = files_of_database(unfinished_);
  std::reverse(fresh.begin(), fresh.end());
  for (const std::string& name : fresh)
    if (Result<void> moved = move_file(unfinished_ / name, options_.dir / name); !moved) return moved;
  std::error_code ignored;
  fs::remove_all(unfinished_, ignored);
  if (newest_)
    if (Result<void> noted = newest_->write(options_.dir); !noted) return noted;
  return sync_names(options_.dir);
}

}  // namespace

Result<Repaired> repair(const RocksOptions& options) { return Repair(options).run(); }

}  // namespace millrace::storage
