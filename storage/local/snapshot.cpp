#include "storage/local/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "storage/base/bytes.h"
#include "storage/base/files.h"
#include "storage/local/index/keys.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "MILLSNP1", kSuffix = ".snapshot";
constexpr std::size_t kChunkBytes = 1 << 20, kMaxChunkBytes = 1 << 30;
constexpr std::size_t kChunkHead = 12, kEntryHead = 9, kPositionBytes = 24;
constexpr std::size_t kKept = 2;

// Log between two snapshots, at least, and as a multiple of the snapshot's own size: so it stays a small part
// of what is written.
constexpr std::uint64_t kLogBytes = 256 << 20, kLogPerByte = 16;
// A snapshot takes at most one of so many parts of the time.
constexpr int kShareOfTime = 20;
constexpr std::chrono::milliseconds kCheap{20};

// Writes chunk after chunk; the first failure stays.
class ChunkWriter {
 public:
  explicit ChunkWriter(const fs::path& path) : path_(path), file_(path, O_WRONLY | O_CREAT | O_TRUNC) {
    if (!file_ || !write_all(file_.get(), kMagic)) fail();
  }
  void position(const Position& position) { bytes_ += position.bytes(); }
  void entry(char kind, std::string_view key, std::string_view value) {
    bytes_ += kind;
    put(bytes_, static_cast<std::uint32_t>(key.size()));
    put(bytes_, static_cast<std::uint32_t>(value.size()));
    bytes_.append(key).append(value);
    if (bytes_.size() >= kChunkBytes) flush();
  }
  // Returns the file's size.
  [[nodiscard]] Result<std::uint64_t> finish(bool sync) {
    if (!bytes_.empty()) flush();
    flush();
    if (!failed_ && sync && ::fsync(file_.get()) != 0) fail();
    if (failed_) return *failed_;
    return written_;
  }

 private:
  void fail() {
    if (!failed_) failed_ = last_error(path_);
  }
  void flush() {
    sum_ = checksum(bytes_, sum_);
    std::string head;
    put(head, static_cast<std::uint32_t>(bytes_.size()));
    put(head, sum_);
    if (!failed_ && (!write_all(file_.get(), head) || !write_all(file_.get(), bytes_))) fail();
    // Piece by piece, so that no commit's sync waits for all of it.
    const auto begin = static_cast<off_t>(written_), size = static_cast<off_t>(head.size() + bytes_.size());
    (void)::sync_file_range(file_.get(), begin, size, SYNC_FILE_RANGE_WRITE);
    written_ += head.size() + bytes_.size();
    bytes_.clear();
  }

  const fs::path path_;
  const File file_;
  std::string bytes_;
  std::uint64_t sum_ = 0, written_ = kMagic.size();
  std::optional<Error> failed_;
};

// Reads chunk after chunk.
class ChunkReader {
 public:
  explicit ChunkReader(const fs::path& path) : path_(path), file_(path, O_RDONLY) {}

  // The next chunk, which holds whole entries; empty at the end. Errors: not_found, io, corrupt.
  [[nodiscard]] Result<std::string_view> next() {
    if (!file_) return last_error(path_);
    const bool first = at_ == 0;
    const std::size_t before = first ? kMagic.size() : 0;
    if (auto head = read(before + kChunkHead); !head) return head.error();
    if (first && !bytes_.starts_with(kMagic)) return corrupt();
    const auto size = get<std::uint32_t>(bytes_, before);
    const auto sum = get<std::uint64_t>(bytes_, before + 4);
    if (size > kMaxChunkBytes) return corrupt();
    if (auto body = read(size); !body) return body.error();
    sum_ = checksum(bytes_, sum_);
    if (sum != sum_ || (first && size < kPositionBytes)) return corrupt();
    return std::string_view(bytes_);
  }
  [[nodiscard]] Error corrupt() const {
    return {Errc::corrupt, path_.string() + ": the snapshot is damaged"};
  }

 private:
  [[nodiscard]] Result<void> read(std::size_t size) {
    bytes_.resize(size);
    for (std::size_t have = 0; have < size;) {
      const ssize_t n =
          ::pread(file_.get(), bytes_.data() + have, size - have, static_cast<off_t>(at_ + have));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return last_error(path_);
      if (n == 0) return corrupt();
      have += static_cast<std::size_t>(n);
    }
    at_ += size;
    return {};
  }

  const fs::path path_;
  const File file_;
  std::string bytes_;
  std::uint64_t at_ = 0, sum_ = 0;
};

// The position of a snapshot all of whose chunks are what was written.
Result<Position> checked_position(const fs::path& file) {
  ChunkReader reader(file);
  std::optional<Position> position;
  for (;;) {
    const Result<std::string_view> chunk = reader.next();
    if (!chunk) return chunk.error();
    if (chunk->empty()) break;
    if (!position) position = Position::parse(chunk->substr(0, kPositionBytes));
  }
  return *position;
}

bool add_entry(Snapshot& to, char kind, std::string_view key, std::string_view value) {
  if (kind == 'M') return to.meta.emplace(key, value).second;
  if (kind != 'L' || key.size() != kShardPrefixBytes || value.size() != 8) return false;
  return to.newest.emplace(shard_of(key), Index{get<std::uint64_t>(value, 0)}).second;
}

using Iterator = std::unique_ptr<rocksdb::Iterator>;

// Of as many steps as there are shards, not blocks.
rocksdb::Status write_shards(const Database::Access& db, const rocksdb::ReadOptions& o, ChunkWriter& to) {
  const Iterator log(db->NewIterator(o, db.families().log));
  for (log->SeekToFirst(); log->Valid(); log->Next()) {
    const std::string prefix = log->key().ToString().substr(0, kShardPrefixBytes);
    if (const std::string end = behind(prefix); end.empty())
      log->SeekToLast();
    else
      log->SeekForPrev(end);
    if (!log->Valid()) break;
    if (log->key().size() != kLogKeyBytes)
      return rocksdb::Status::Corruption("a key of the index has the wrong size");
    std::string newest;
    put(newest, get_u64(log->key().ToStringView(), kShardPrefixBytes));
    to.entry('L', prefix, newest);
  }
  return log->status();
}

rocksdb::Status write_rows(const Database::Access& db, const rocksdb::ReadOptions& o, ChunkWriter& to) {
  const Iterator catalog(db->NewIterator(o, db.families().catalog));
  for (catalog->SeekToFirst(); catalog->Valid(); catalog->Next())
    to.entry('C', catalog->key().ToStringView(), catalog->value().ToStringView());
  if (!catalog->status().ok()) return catalog->status();
  const Iterator meta(db->NewIterator(o, db.families().meta));
  for (meta->SeekToFirst(); meta->Valid(); meta->Next())
    if (meta->key() != kPositionKey) to.entry('M', meta->key().ToStringView(), meta->value().ToStringView());
  return meta->status();
}

}  // namespace

Result<Snapshot> Snapshot::read(const fs::path& file, const Row& row) {
  ChunkReader reader(file);
  Snapshot out;
  for (bool first = true;; first = false) {
    const Result<std::string_view> chunk = reader.next();
    if (!chunk) return chunk.error();
    if (chunk->empty()) return out;
    std::string_view left = *chunk;
    if (first) {
      out.position = Position::parse(left.substr(0, kPositionBytes)).value_or(Position());
      left.remove_prefix(kPositionBytes);
    }
    while (!left.empty()) {
      if (left.size() < kEntryHead) return reader.corrupt();
      const char kind = left[0];
      const auto key = get<std::uint32_t>(left, 1), value = get<std::uint32_t>(left, 5);
      left.remove_prefix(kEntryHead);
      if (left.size() < std::uint64_t{key} + value) return reader.corrupt();
      const std::string_view name = left.substr(0, key), bytes = left.substr(key, value);
      if (kind != 'C') {
        if (!add_entry(out, kind, name, bytes)) return reader.corrupt();
      } else if (row) {
        if (Result<void> taken = row(name, bytes); !taken) return taken.error();
      }
      left.remove_prefix(std::uint64_t{key} + value);
    }
  }
}

std::vector<fs::path> snapshots_in(const fs::path& directory) {
  std::vector<std::pair<std::uint64_t, fs::path>> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    const std::string name = entry.path().filename();
    std::uint64_t frame = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), frame);
    if (error == std::errc() && std::string_view(end, name.data() + name.size()) == kSuffix)
      found.emplace_back(frame, entry.path());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<fs::path> out;
  for (auto& [frame, path] : found) out.push_back(std::move(path));
  return out;
}

Snapshots::Snapshots(const Database& database, const RocksOptions& options)
    : database_(database),
      directory_(options.dir / "snapshots"),
      sync_(options.durability == Durability::fsync),
      opened_at_(database.position()),
      failures_(options.probes ? &options.probes->counter("millrace_index_snapshot_failures_total",
                                                          "Snapshots of the index that could not be written")
                               : nullptr) {}

void Snapshots::load() {
  for (const fs::path& file : snapshots_in(directory_)) {
    const Result<Position> position = checked_position(file);
    if (!position) {
      damaged_.insert(file);
      continue;
    }
    std::error_code ignored;
    if (position->frame > opened_at_.frame) {
      // It knows of frames that a power loss undid. The log goes on with others of their numbers.
      fs::remove(file, ignored);
      continue;
    }
    if (readable_++ > 0) continue;
    covered_ = *position;
    bytes_ = fs::file_size(file, ignored);
  }
}

void Snapshots::take_if_due() {
  const std::vector<std::uint64_t> numbers = database_.segments().numbers();
  if (numbers.empty()) return;
  const std::uint64_t since = database_.segments().written() - written_at_;
  // Without a snapshot the log must reach back to its beginning; and one file may get damaged.
  const bool another = database_.position().frame != covered_.frame;
  const bool needed = readable_ < kKept && another && numbers.front() > 1;
  if (needed || since >= std::max(kLogBytes, bytes_ * kLogPerByte)) (void)take();
}

bool Snapshots::take() {
  const auto begin = std::chrono::steady_clock::now();
  if (begin < not_before_) return false;
  const std::uint64_t written = database_.segments().written();
  const Result<Position> taken = write();
  const auto end = std::chrono::steady_clock::now();
  not_before_ = end - begin < kCheap ? end : end + (end - begin) * kShareOfTime;
  out_of_room_ = !taken && taken.error().code == Errc::read_only;
  if (!taken) {
    if (failures_) failures_->add();
    return false;
  }
  if (taken->frame != covered_.frame) ++readable_;
  covered_ = *taken;
  written_at_ = written;
  remove_old();
  return true;
}

Result<Position> Snapshots::write() {
  const storage::Durable durable = sync_ ? Durable::yes : Durable::no;
  if (Result<void> made = make_directory(directory_, durable); !made) return made.error();
  const fs::path unfinished = directory_ / "unfinished.new";
  ChunkWriter out(unfinished);
  Position position;
  {
    const Database::Access db = database_.access();
    if (!db) return Error{Errc::io, "the database is not open"};
    // A moment of all families: every commit writes the position with its rows.
    const std::unique_ptr<const rocksdb::Snapshot, std::function<void(const rocksdb::Snapshot*)>> moment(
        db->GetSnapshot(), [&](const rocksdb::Snapshot* s) { db->ReleaseSnapshot(s); });
    rocksdb::ReadOptions o;
    o.snapshot = moment.get();
    o.fill_cache = false;
    std::string row;
    rocksdb::Status s = db->Get(o, db.families().meta, kPositionKey, &row);
    const auto parsed = Position::parse(row);
    if (s.ok() && !parsed) return Error{Errc::corrupt, "the stored position is malformed"};
    if (s.ok()) out.position(position = *parsed);
    if (s.ok()) s = write_rows(db, o, out);
    if (s.ok()) s = write_shards(db, o, out);
    if (!s.ok()) return to_error(s);
  }
  const Result<std::uint64_t> size = out.finish(sync_);
  if (!size) return size.error();
  std::string digits = std::to_string(position.frame);
  digits.insert(0, 20 - digits.size(), '0');
  const fs::path file = directory_ / (digits + std::string(kSuffix));
  if (::rename(unfinished.c_str(), file.c_str()) != 0) return last_error(file);
  if (sync_)
    if (Result<void> synced = sync_names(directory_); !synced) return synced.error();
  bytes_ = *size;
  return position;
}

void Snapshots::remove_old() {
  std::size_t newer = 0;
  std::error_code ignored;
  for (const fs::path& file : snapshots_in(directory_)) {
    if (newer >= kKept) fs::remove(file, ignored);
    if (!damaged_.contains(file)) ++newer;
  }
}

}  // namespace millrace::storage
