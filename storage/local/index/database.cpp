#include "storage/local/index/database.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include <set>

#include "storage/base/files.h"
#include "storage/local/index/info_log.h"
#include "storage/local/index/keys.h"

namespace millrace::storage {
namespace {

// Frames that a start reads again at most, about: bounds the time of a start.
constexpr std::uint64_t kFlushAfter = 256 << 20;

// Free space, besides what is to be written at once, without which no recovery is tried.
constexpr std::uint64_t kSpareBytes = 4 << 20;

// The committer retries; two that do so would wait for each other.
class NoAutomaticRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

rocksdb::ColumnFamilyOptions small_family(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions o;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  o.compression = rocksdb::kNoCompression;
  o.write_buffer_size = 4 << 20;
  o.target_file_size_base = 16 << 20;
  o.max_bytes_for_level_base = 64 << 20;
  return o;
}

rocksdb::ColumnFamilyOptions log_family(const RocksOptions& options,
                                        const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions o = small_family(cache);
  o.write_buffer_size = options.write_buffer_bytes / 2;
  o.max_write_buffer_number = 4;
  return o;
}

SegmentOptions segment_options(const RocksOptions& options) {
  SegmentOptions o;
  o.directory = options.dir / "segments";
  o.files = options.file_system;
  o.path = options.durability == Durability::fsync ? WritePath::direct : WritePath::cached_if_small;
  o.segment_bytes = options.segment_bytes;
  o.keep_for = options.reclaim_delay * 3;  // so that those of one retention's pass serve until the next
  return o;
}

rocksdb::DBOptions database_options(const RocksOptions& options, rocksdb::Env* env) {
  rocksdb::DBOptions o;
  o.env = env;
  o.create_missing_column_families = true;
  o.atomic_flush = true;  // so that all families in its files are of one moment, and the position is theirs
  o.db_write_buffer_size = options.write_buffer_bytes;
  o.avoid_flush_during_shutdown = true;  // close() does it, if the disk takes it
  o.max_open_files = 512;
  o.skip_checking_sst_file_sizes_on_db_open = true;
  o.skip_stats_update_on_db_open = true;
  o.max_background_jobs = 3;
  o.bytes_per_sync = 1 << 20;
  o.info_log = info_log(options.dir / "LOG");
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.listeners.push_back(std::make_shared<NoAutomaticRecovery>());
  return o;
}

}  // namespace

std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksOptions& options,
                                                             const std::shared_ptr<rocksdb::Cache>& cache) {
  return {{rocksdb::kDefaultColumnFamilyName, small_family(cache)},
          {"log", log_family(options, cache)},
          {"times", small_family(cache)},
          {"meta", small_family(cache)}};
}

Error to_error(const rocksdb::Status& status) {
  if (status.IsNotFound()) return {Errc::not_found, status.ToString()};
  if (status.IsCorruption()) return {Errc::corrupt, status.ToString()};
  if (status.IsNoSpace()) return {Errc::read_only, status.ToString()};
  return {Errc::io, status.ToString()};
}

Database::Database(const RocksOptions& options)
    : options_(options),
      cache_(rocksdb::NewLRUCache(options.read_cache_bytes)),
      statistics_(rocksdb::CreateDBStatistics()),
      guard_(std::make_shared<OpenFilesGuard>(options.file_system ? options.file_system
                                                                  : rocksdb::FileSystem::Default())),
      env_(rocksdb::NewCompositeEnv(guard_)),
      reserve_(options.dir / "reserve", options.reserve_bytes),
      segments_(segment_options(options)) {
  statistics_->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
}

Database::~Database() { close(); }

Result<std::unique_ptr<Database>> Database::open(const RocksOptions& options) {
  if (Result<void> made = make_directory(options.dir); !made) return made.error();
  std::unique_ptr<Database> database(new Database(options));
  if (rocksdb::Status s = database->segments_.open(); !s.ok()) return to_error(s);
  const auto is_new = database->is_new();
  if (!is_new) return is_new.error();
  if (Result<void> room = database->make_room_to_open(); !room) return room.error();
  rocksdb::Status s = database->open_files({}, *is_new);
  if (s.IsPathNotFound()) return Error{Errc::corrupt, s.ToString()};
  if (!s.ok()) return to_error(s);
  if (Result<void> settled = database->settle(); !settled) return settled.error();
  if (const rocksdb::Status learned = database->learn_ends(); !learned.ok()) return to_error(learned);
  return database;
}

rocksdb::Status Database::open_files(std::optional<Position> acknowledged, bool is_new) {
  rocksdb::DBOptions o = database_options(options_, env_.get());
  o.create_if_missing = is_new;
  o.statistics = statistics_;
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = column_families(options_, cache_);
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  guard_->begin();
  rocksdb::Status s = rocksdb::DB::Open(o, options_.dir.string(), descriptors, &handles, &db);
  if (s.ok()) {
    db_.reset(db);
    families_ = {handles[0], handles[1], handles[2], handles[3]};
  }
  if (rocksdb::Status written = guard_->end(); !written.ok()) s = std::move(written);
  if (!s.ok()) {
    close_files();
    return s;
  }
  if (!acknowledged && !is_new) s = check_tables();
  return s.ok() ? replay(acknowledged) : s;
}

template <class BlockOf>
rocksdb::Status Database::apply(rocksdb::WriteBatch& batch, const std::vector<Location>& locations,
                                BlockOf block, Position end) {
  std::string key;
  for (std::size_t i = 0; i < locations.size(); ++i) {
    const auto [shard, first] = block(i);
    key.clear();
    add_log_key(key, shard, first);
    batch.Put(families_.log, key, locations[i].bytes());
  }
  batch.Put(families_.meta, kPositionKey, end.bytes());
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  return db_->Write(o, &batch);
}

rocksdb::Status Database::replay(std::optional<Position> acknowledged) {
  std::string row;
  rocksdb::Status s = db_->Get({}, families_.meta, kPositionKey, &row);
  if (!s.ok() && !s.IsNotFound()) return s;
  const std::optional<Position> from = s.ok() ? Position::parse(row) : Position();
  if (!from) return rocksdb::Status::Corruption("the stored position is malformed");
  const auto each = [this](const ReadFrame& frame) {
    rocksdb::WriteBatch batch =
        frame.head.rows.empty() ? rocksdb::WriteBatch() : rocksdb::WriteBatch(frame.head.rows);
    const auto block = [&](std::size_t i) {
      return std::pair(frame.head.blocks[i].shard, frame.head.blocks[i].first);
    };
    return apply(batch, frame.locations, block, frame.end);
  };
  Replayed found;
  s = segments_.replay(*from, acknowledged, each, options_.accept_data_loss && !acknowledged, found);
  if (s.ok() && acknowledged && (!found.damage.empty() || found.end != *acknowledged))
    s = rocksdb::Status::Corruption(found.damage.empty() ? "the log ends early" : found.damage.front());
  if (!acknowledged) found_ = std::move(found);
  acknowledged_ = segments_.end();
  const std::lock_guard lock(published_mutex_);
  published_ = acknowledged_;
  return s;
}

void Database::close_files() {
  if (!db_) return;
  for (auto* handle : {families_.catalog, families_.log, families_.times, families_.meta}) {
    (void)db_->DestroyColumnFamilyHandle(handle);
  }
  families_ = {};
  (void)db_->Close();
  db_.reset();
}

Database::Access Database::access() const {
  const std::lock_guard gate(gate_);
  return {std::shared_lock(access_), *this};
}

rocksdb::Status Database::write(rocksdb::WriteBatch& batch, const std::vector<FrameBlock>& blocks,
                                bool sync) {
  const Access db = access();
  if (!db) return rocksdb::Status::IOError("the database is not open");
  std::optional<Segments::Left> left;
  rocksdb::Status s = segments_.make_room(frame_bytes(batch.Data(), blocks), left);
  if (left) batch.Put(families_.meta, segment_key(left->number), left->contents.bytes());
  std::vector<Location> locations;
  if (s.ok()) {
    const std::string_view rows = batch.Count() > 0 ? std::string_view(batch.Data()) : std::string_view();
    s = segments_.append(rows, blocks, sync && options_.durability == Durability::fsync, locations);
  }
  const auto block = [&](std::size_t i) {
    return std::pair(blocks[i].shard, Block{blocks[i].bytes, nullptr}.first());
  };
  const Position end = segments_.end();
  if (s.ok()) s = apply(batch, locations, block, end);
  failed_ = !s.ok();
  if (failed_) {
    segments_.go_on_from(acknowledged_);
    return s;
  }
  unflushed_ += end.segment == acknowledged_.segment ? end.offset - acknowledged_.offset : end.offset;
  acknowledged_ = end;
  {
    const std::lock_guard lock(published_mutex_);
    published_ = end;
  }
  if (unflushed_ >= kFlushAfter) {
    unflushed_ = 0;
    rocksdb::FlushOptions o;
    o.wait = false;
    o.allow_write_stall = true;
    const Families& f = families_;
    (void)db->Flush(o, {f.catalog, f.log, f.times, f.meta});
  }
  return s;
}

bool Database::take_probe_write() {
  rocksdb::WriteBatch batch;
  return write(batch, {}, true).ok();
}

rocksdb::Status Database::mark() {
  rocksdb::WriteBatch batch;
  return write(batch, {}, false);
}

// What it takes to write everything to files that is in memory now, and to go on.
std::uint64_t Database::bytes_to_recover() const {
  std::uint64_t bytes = kSpareBytes;
  const Access db = access();
  if (!db) return bytes;
  const Families& f = db.families();
  for (auto* family : {f.catalog, f.log, f.times, f.meta}) {
    std::uint64_t n = 0;
    if (db->GetIntProperty(family, rocksdb::DB::Properties::kSizeAllMemTables, &n)) bytes += n;
  }
  return bytes;
}

bool Database::has_room() const {
  std::error_code failed;
  const auto space = std::filesystem::space(options_.dir, failed);
  if (failed || space.available < bytes_to_recover()) return false;
  const std::string probe = (options_.dir / "probe").string();
  const bool writable = rocksdb::WriteStringToFile(env_.get(), std::string(1 << 20, 'p'), probe, true).ok();
  (void)env_->DeleteFile(probe);
  return writable;
}

bool Database::recover() {
  if (!has_room()) {
    reserve_.release();
    if (!has_room()) return false;
  }
  // Where only the log failed, a new segment is all it takes.
  if (take_probe_write()) return true;
  // Not by Resume(), which on a disk that fills up while a flush is under way may wait for ever for that
  // flush (RocksDB 7.8). Reads go on until files can be written again.
  bool open = false;
  {
    const std::lock_guard gate(gate_);
    const std::unique_lock alone(access_);
    const Position acknowledged = acknowledged_;
    close_files();
    open = open_files(acknowledged).ok();
    acknowledged_ = acknowledged;
    if (!open) close_files();
  }
  return open && take_probe_write();
}

Position Database::position() const {
  const std::lock_guard lock(published_mutex_);
  return published_;
}

std::uint64_t Database::first_needed_segment() const {
  const Access db = access();
  if (!db) return 0;
  rocksdb::ReadOptions o;
  o.read_tier = rocksdb::kPersistedTier;
  std::string row;
  if (!db->Get(o, db.families().meta, kPositionKey, &row).ok()) return 0;
  return Position::parse(row).value_or(Position()).segment;
}

void Database::flush() {
  const Access db = access();
  if (!db) return;
  const Families& f = db.families();
  (void)db->Flush({}, {f.catalog, f.log, f.times, f.meta});
}

Result<Copied> Database::backup(const std::filesystem::path& dir, const std::stop_token& stop) {
  // In this order: what the checkpoint's rows say to be in a segment is in one that is there now, or was made
  // before it.
  const Segments::RemovalPause hold(segments_);
  {
    const Access db = access();
    if (!db) return Error{Errc::io, "the database is not open"};
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status s = rocksdb::Checkpoint::Create(db.operator->(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
    if (s.ok()) s = checkpoint->CreateCheckpoint(dir.string());
    if (!s.ok()) return to_error(s);
  }
  const Position end = position();
  std::set<std::uint64_t> numbers(hold.numbers().begin(), hold.numbers().end());
  for (const std::uint64_t number : segments_.numbers())
    if (number <= end.segment) numbers.insert(number);
  std::error_code failed;
  Copied copied;
  for (const auto& file : std::filesystem::directory_iterator(dir, failed))
    copied += {1, file.is_regular_file() ? file.file_size() : 0};
  const std::filesystem::path to = dir / "segments";
  std::filesystem::create_directory(to, failed);
  if (failed) return Error{Errc::io, to.string() + ": " + failed.message()};
  for (const std::uint64_t number : numbers) {
    // The one that is written, up to where it was whole.
    const auto most = number == end.segment ? std::optional(end.offset) : std::nullopt;
    const auto one = copy_file(segments_.path(number), to / segments_.path(number).filename(), most, stop);
    if (!one) return one.error();
    copied += *one;
  }
  for (const auto& directory : {to, dir})
    if (Result<void> synced = sync_names(directory); !synced) return synced.error();
  return copied;
}

void Database::close() {
  const std::lock_guard gate(gate_);
  const std::unique_lock alone(access_);
  if (!db_) return;
  if (options_.durability == Durability::fsync) (void)segments_.sync();
  // So that the next start has nothing to read again.
  if (!failed_) {
    rocksdb::WriteBatch batch;
    if (const auto left = segments_.written_last())
      batch.Put(families_.meta, segment_key(left->number), left->contents.bytes());
    rocksdb::WriteOptions o;
    o.disableWAL = true;
    if (batch.Count() > 0) (void)db_->Write(o, &batch);
  }
  if (!failed_) (void)db_->Flush({}, {families_.catalog, families_.log, families_.times, families_.meta});
  close_files();
}

std::uint64_t Database::written() const {
  return segments_.written() + statistics_->getTickerCount(rocksdb::FLUSH_WRITE_BYTES) +
         statistics_->getTickerCount(rocksdb::COMPACT_WRITE_BYTES);
}

LocalStore::DiskUse Database::disk_use() const {
  const Access db = access();
  if (!db) return {};
  const auto number = [&](rocksdb::ColumnFamilyHandle* family, const std::string& name) {
    std::uint64_t n = 0;
    return db->GetIntProperty(family, name, &n) ? n : 0;
  };
  const auto size = [&](rocksdb::ColumnFamilyHandle* family) {
    return number(family, rocksdb::DB::Properties::kTotalSstFilesSize) +
           number(family, rocksdb::DB::Properties::kSizeAllMemTables);
  };
  const Families& f = db.families();
  return {segments_.size() + size(f.log) + size(f.times), size(f.catalog) + size(f.meta), written()};
}

}  // namespace millrace::storage
