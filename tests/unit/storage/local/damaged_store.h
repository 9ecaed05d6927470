// A store whose files tests spoil while it is closed, or whose disk fails reads.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <fstream>

#include "storage/local/index/keys.h"
#include "storage/losses.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {

// Fails as many reads of segments as it is told to.
class FailingReads final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingReads(std::atomic<int>& failures)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), failures_(failures) {}
  const char* Name() const override { return "FailingReads"; }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions& o,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* d) override {
    rocksdb::IOStatus s = target()->NewRandomAccessFile(name, o, file, d);
    if (s.ok() && name.ends_with(".seg")) *file = std::make_unique<File>(std::move(*file), failures_);
    return s;
  }

 private:
  class File final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::atomic<int>& failures)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), failures_(failures) {}
    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t n, const rocksdb::IOOptions& o,
                           rocksdb::Slice* result, char* scratch, rocksdb::IODebugContext* d) const override {
      if (failures_ > 0 && failures_-- > 0) return rocksdb::IOStatus::IOError("injected EIO");
      return target()->Read(offset, n, o, result, scratch, d);
    }

   private:
    std::atomic<int>& failures_;
  };
  std::atomic<int>& failures_;
};

class DamagedStore : public StoreTest {
 protected:
  DamagedStore() {
    options.tail_cache_bytes = 0;
    options.losses = &losses;
    losses.listen([this](const Loss& loss) { told.push_back(loss); });
  }
  ~DamagedStore() override { store.reset(); }

  // Closes the store, and has `f` change its files.
  template <class F>
  void while_closed(F&& f) {
    store.reset();
    f();
    open();
  }

  // Spoils a byte where `text` first stands in a segment, `before` bytes in front of it.
  void spoil(const std::string& text, std::size_t before = 0) {
    for (const auto& file : std::filesystem::directory_iterator(options.dir / "segments"))
      if (spoil_in(file.path(), text, before)) return;
    FAIL() << text << " is in no segment";
  }
  static bool spoil_in(const std::filesystem::path& path, const std::string& text, std::size_t before = 0) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const std::size_t at = bytes.find(text);
    if (at == std::string::npos) return false;
    spoil_byte(path, at - before, bytes[at - before]);
    return true;
  }
  static void spoil_byte(const std::filesystem::path& path, std::size_t at, char was) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(was ^ 0x10));
  }

  enum Family { kCatalog, kLog, kTimes, kMeta };
  // Changes the rows of the index, with the store closed.
  void change_rows(Family family,
                   const std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle*)>& change) {
    rocksdb::DB* opened = nullptr;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : {"default", "log", "times", "meta"})
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    const rocksdb::Status s = rocksdb::DB::Open({}, options.dir.string(), families, &handles, &opened);
    ASSERT_TRUE(s.ok()) << s.ToString();
    const std::unique_ptr<rocksdb::DB> db(opened);
    change(*db, handles[family]);
    EXPECT_TRUE(db->Flush({}, handles[family]).ok());
    for (auto* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
    EXPECT_TRUE(db->Close().ok());
  }

  // All that a reader gets from `from` on, and how many answers were empty before the end.
  struct Read {
    Strings data;
    int empty = 0, answers = 0;
  };
  Read read_to_end(ShardId shard, Index from, std::uint32_t limit = 10'000) {
    Read all;
    for (;;) {
      const Records records = read(shard, from, {limit, 100 << 20});
      ++all.answers;
      const Strings more = data_of(records);
      all.data.insert(all.data.end(), more.begin(), more.end());
      EXPECT_GE(records.next(), from);
      if (records.next() >= records.end()) return all;
      EXPECT_GT(records.next(), from) << "a reader goes on";
      if (more.empty()) ++all.empty;
      from = records.next();
      if (all.answers > 10'000) return all;
    }
  }

  Losses losses;
  std::vector<Loss> told;  // by the threads that read, one at a time
};

}  // namespace millrace::storage
