#include "storage/rocksdb/database.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/wal_filter.h>

#include <limits>

namespace millrace::storage {
namespace {

// Dead blocks in blob files of live ones that a reclaiming leaves alone.
constexpr std::uint64_t kWorthCollecting = 8 << 20;

// Free space, besides what is to be written at once, without which no recovery is tried.
constexpr std::uint64_t kSpareBytes = 4 << 20;

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

// The committer retries; two that do so would wait for each other.
class NoAutomaticRecovery final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* automatic) override {
    *automatic = false;
  }
};

// Leaves out, while the log file is replayed, what was written after the last acknowledged batch: a batch
// whose sync failed may be whole in the file, yet its callers were told that it is not there.
class AcknowledgedOnly final : public rocksdb::WalFilter {
 public:
  explicit AcknowledgedOnly(std::uint64_t last) : last_(last) {}
  const char* Name() const override { return "millrace.AcknowledgedOnly"; }
  WalProcessingOption LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch& batch,
                                     rocksdb::WriteBatch*, bool*) override {
    std::uint64_t sequence;  // a batch begins with it, little-endian
    std::memcpy(&sequence, batch.Data().data(), sizeof sequence);
    return sequence > last_ ? WalProcessingOption::kIgnoreCurrentRecord
                            : WalProcessingOption::kContinueProcessing;
  }

 private:
  const std::uint64_t last_;
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
  o.write_buffer_size = options.write_buffer_bytes / 3;
  o.max_write_buffer_number = 4;
  o.enable_blob_files = true;
  o.min_blob_size = kMinBlobBytes;
  o.blob_file_size = 256 << 20;
  o.blob_cache = cache;
  // Ordinary compactions never move blobs: the tree is small, so each would touch much of the log. `reclaim`
  // asks for garbage collection when there is enough of it.
  o.enable_blob_garbage_collection = false;
  return o;
}

rocksdb::DBOptions database_options(const RocksOptions& options, rocksdb::Env* env) {
  rocksdb::DBOptions o;
  if (env) o.env = env;
  o.create_if_missing = true;
  o.create_missing_column_families = true;
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  o.avoid_flush_during_recovery = true;  // a start reads the log file, but writes nothing
  o.max_total_wal_size = options.write_buffer_bytes * 3 / 2;  // bounds the time of a start
  o.db_write_buffer_size = options.write_buffer_bytes / 3 * 4;
  o.max_open_files = 512;
  o.skip_checking_sst_file_sizes_on_db_open = true;
  o.skip_stats_update_on_db_open = true;
  o.max_background_jobs = 3;
  o.bytes_per_sync = 1 << 20;
  o.max_log_file_size = 4 << 20;
  o.keep_log_file_num = 2;
  o.info_log_level = rocksdb::WARN_LEVEL;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.listeners.push_back(std::make_shared<NoAutomaticRecovery>());
  return o;
}

}  // namespace

Error to_error(const rocksdb::Status& status) {
  if (status.IsNotFound()) return {Errc::not_found, status.ToString()};
  if (status.IsCorruption()) return {Errc::corrupt, status.ToString()};
  return {Errc::io, status.ToString()};
}

Database::Database(const RocksOptions& options)
    : options_(options), cache_(rocksdb::NewLRUCache(options.read_cache_bytes)) {
  if (options_.file_system) env_ = rocksdb::NewCompositeEnv(options_.file_system);
}

Database::~Database() { close(); }

Result<std::unique_ptr<Database>> Database::open(const RocksOptions& options) {
  std::error_code failed;
  std::filesystem::create_directories(options.dir, failed);
  if (failed) return Error{Errc::io, options.dir.string() + ": " + failed.message()};
  std::unique_ptr<Database> database(new Database(options));
  if (const rocksdb::Status s = database->open_files(kEverything); !s.ok()) return to_error(s);
  return database;
}

rocksdb::Status Database::open_files(std::uint64_t acknowledged) {
  rocksdb::DBOptions o = database_options(options_, env_.get());
  AcknowledgedOnly filter(acknowledged);
  if (acknowledged != kEverything) {
    o.wal_filter = &filter;
    o.avoid_flush_during_recovery = false;  // so that what the filter leaves out is not in a file any more
  }
  const std::vector<rocksdb::ColumnFamilyDescriptor> descriptors = {
      {rocksdb::kDefaultColumnFamilyName, small_family(cache_)},
      {"log", log_family(options_, cache_)},
      {"times", small_family(cache_)},
      {"meta", small_family(cache_)}};
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status s = rocksdb::DB::Open(o, options_.dir.string(), descriptors, &handles, &db);
  if (!s.ok()) return s;
  db_.reset(db);
  families_ = {handles[0], handles[1], handles[2], handles[3]};
  acknowledged_ = db->GetLatestSequenceNumber();
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

rocksdb::Status Database::write(rocksdb::WriteBatch& batch, bool sync) {
  const Access db = access();
  if (!db) return rocksdb::Status::IOError("the database is not open");
  rocksdb::WriteOptions o;
  o.sync = sync && options_.durability == Durability::fsync;
  o.disableWAL = options_.durability == Durability::memory;
  const rocksdb::Status s = db->Write(o, &batch);
  if (s.ok()) acknowledged_ = db->GetLatestSequenceNumber();
  return s;
}

bool Database::take_probe_write() {
  rocksdb::WriteBatch batch;
  batch.Put(families_.meta, "P", "probe");
  return write(batch, true).ok();
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
  rocksdb::Env* env = env_ ? env_.get() : rocksdb::Env::Default();
  const bool writable = rocksdb::WriteStringToFile(env, std::string(1 << 20, 'p'), probe, true).ok();
  (void)env->DeleteFile(probe);
  return writable;
}

bool Database::recover() {
  if (options_.durability == Durability::memory) {  // there is no log file to come back from
    if (const Access db = access(); !db || !db->Resume().ok()) return false;
    return take_probe_write();
  }
  // Not by Resume(), which does not take failed syncs, and which on a disk that fills up while a flush is
  // under way may wait for ever for that flush (RocksDB 7.8). Reads go on until files can be written again.
  if (!has_room()) return false;
  stop_compaction_ = true;
  bool open = false;
  {
    const std::lock_guard gate(gate_);
    const std::unique_lock alone(access_);
    const std::uint64_t acknowledged = acknowledged_;
    close_files();
    open = open_files(acknowledged).ok();
    if (!open) acknowledged_ = acknowledged;
  }
  stop_compaction_ = closing_.load();
  return open && take_probe_write();
}

void Database::reclaim(const std::vector<std::pair<std::string, std::string>>& ranges) {
  const Access db = access();
  if (!db) return;
  const Families& f = db.families();
  (void)db->Flush({}, {f.catalog, f.log, f.times, f.meta});
  rocksdb::CompactRangeOptions o;
  o.exclusive_manual_compaction = false;
  o.canceled = &stop_compaction_;
  for (const auto& [begin, end] : ranges) {
    const rocksdb::Slice from(begin), to(end);
    (void)db->CompactRange(o, f.log, &from, &to);
    (void)db->CompactRange(o, f.times, &from, &to);
  }
  // Blob files that hold live and dead blocks. Only the oldest files of a family can be rewritten, so: the
  // share of them that holds four fifths of the garbage.
  rocksdb::ColumnFamilyMetaData meta;
  db->GetColumnFamilyMetaData(f.log, &meta);
  std::uint64_t total = 0, garbage = 0, seen = 0;
  for (const auto& file : meta.blob_files) total += file.total_blob_bytes, garbage += file.garbage_blob_bytes;
  if (garbage * 3 < total || garbage < kWorthCollecting) return;
  std::sort(meta.blob_files.begin(), meta.blob_files.end(),
            [](const auto& a, const auto& b) { return a.blob_file_number < b.blob_file_number; });
  std::size_t files = 0;
  for (; files < meta.blob_files.size() && seen * 5 < garbage * 4; ++files) {
    seen += meta.blob_files[files].garbage_blob_bytes;
  }
  o.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
  o.blob_garbage_collection_age_cutoff = std::min(  // rounded down to a number of files
      1.0, (static_cast<double>(files) + 0.5) / static_cast<double>(meta.blob_files.size()));
  o.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  (void)db->CompactRange(o, f.log, nullptr, nullptr);
}

void Database::stop_reclaiming() {
  closing_ = true;
  stop_compaction_ = true;
}

void Database::close() {
  stop_reclaiming();
  const std::lock_guard gate(gate_);
  const std::unique_lock alone(access_);
  if (db_ && options_.durability != Durability::memory) (void)db_->SyncWAL();
  close_files();
}

RocksStore::DiskUse Database::disk_use() const {
  const Access db = access();
  if (!db) return {};
  const auto number = [&](rocksdb::ColumnFamilyHandle* family, const std::string& name) {
    std::uint64_t n = 0;
    return db->GetIntProperty(family, name, &n) ? n : 0;
  };
  const auto size = [&](rocksdb::ColumnFamilyHandle* family) {
    return number(family, rocksdb::DB::Properties::kTotalSstFilesSize) +
           number(family, rocksdb::DB::Properties::kTotalBlobFileSize) +
           number(family, rocksdb::DB::Properties::kSizeAllMemTables);
  };
  const Families& f = db.families();
  return {size(f.log) + size(f.times), size(f.catalog) + size(f.meta)};
}

}  // namespace millrace::storage
