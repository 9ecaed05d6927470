// A disk that fails: what was acknowledged stays, what was refused never appears, and the store recovers by
// itself.
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "storage/probe.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::storage {
namespace {

using namespace std::chrono_literals;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

enum class Fault { none, full, torn, sync };

constexpr std::size_t kPage = 4096;

// Fails every file that is written; a torn write leaves half of its bytes.
struct Disk {
  std::atomic<Fault> fault = Fault::none;
};

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Disk> disk)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(std::move(disk)) {}

  IOStatus Append(const Slice& data, const IOOptions& o, IODebugContext* d) override {
    if (const IOStatus s = before(data, o, d); !s.ok()) return s;
    return target()->Append(data, o, d);
  }
  IOStatus Append(const Slice& data, const IOOptions& o, const rocksdb::DataVerificationInfo& v,
                  IODebugContext* d) override {
    if (const IOStatus s = before(data, o, d); !s.ok()) return s;
    return target()->Append(data, o, v, d);
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& o,
                            IODebugContext* d) override {
    if (disk_->fault == Fault::torn) {
      const std::size_t half = data.size() / 2 / kPage * kPage;
      if (half > 0) (void)target()->PositionedAppend({data.data(), half}, offset, o, d);
    }
    if (const IOStatus s = failure(); !s.ok()) return s;
    return target()->PositionedAppend(data, offset, o, d);
  }
  IOStatus Allocate(std::uint64_t offset, std::uint64_t bytes, const IOOptions& o,
                    IODebugContext* d) override {
    if (disk_->fault == Fault::full) return IOStatus::NoSpace("injected");
    return target()->Allocate(offset, bytes, o, d);
  }
  IOStatus Sync(const IOOptions& o, IODebugContext* d) override {
    if (disk_->fault != Fault::none) return IOStatus::IOError("injected");
    return target()->Sync(o, d);
  }
  IOStatus Fsync(const IOOptions& o, IODebugContext* d) override {
    if (disk_->fault != Fault::none) return IOStatus::IOError("injected");
    return target()->Fsync(o, d);
  }

 private:
  IOStatus before(const Slice& data, const IOOptions& o, IODebugContext* d) {
    if (disk_->fault == Fault::torn) (void)target()->Append({data.data(), data.size() / 2}, o, d);
    return failure();
  }
  IOStatus failure() const {
    if (disk_->fault == Fault::torn) return IOStatus::IOError("injected");
    return disk_->fault == Fault::full ? IOStatus::NoSpace("injected") : IOStatus::OK();
  }
  const std::shared_ptr<Disk> disk_;
};

class FaultyFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFiles(std::shared_ptr<Disk> disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}
  const char* Name() const override { return "FaultyFiles"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& o,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    return wrap(target()->NewWritableFile(name, o, file, d), file);
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& o,
                              std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    return wrap(target()->ReopenWritableFile(name, o, file, d), file);
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old, const rocksdb::FileOptions& o,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    return wrap(target()->ReuseWritableFile(name, old, o, file, d), file);
  }

 private:
  IOStatus wrap(IOStatus status, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<FaultyFile>(std::move(*file), disk_);
    return status;
  }
  const std::shared_ptr<Disk> disk_;
};

class FailureTest : public StoreTest, public testing::WithParamInterface<Fault> {
 protected:
  void SetUp() override {
    options.file_system = std::make_shared<FaultyFiles>(disk);
    options.durability = Durability::fsync;
    open();
  }
  void wait_until_writable() {
    ASSERT_TRUE(eventually([this] { return !store->read_only(); }));
  }
  std::shared_ptr<Disk> disk = std::make_shared<Disk>();
};
INSTANTIATE_TEST_SUITE_P(, FailureTest, testing::Values(Fault::full, Fault::torn, Fault::sync),
                         [](const auto& info) {
                           return info.param == Fault::full   ? "Full"
                                  : info.param == Fault::torn ? "Torn"
                                                              : "Sync";
                         });

constexpr ShardId kShard{1, 0};

TEST_P(FailureTest, WritesAreRefusedUntilTheDiskRecoversAndNothingIsLostOrAdded) {
  Strings acknowledged;
  int number = 0;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 10; ++i) {
      acknowledged.push_back("good " + std::to_string(number++) + std::string(round * 2000, 'g'));
      ASSERT_EQ(append(kShard, {acknowledged.back()}).value, acknowledged.size() - 1);
    }
    disk->fault = GetParam();
    for (int i = 0; i < 5; ++i) {
      const auto refused = try_append(kShard, {"refused " + std::to_string(number++)});
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Errc::read_only);
      CatalogBatch rows;
      rows.put("refused", "row");
      EXPECT_FALSE(run(store->catalog().write(std::move(rows))));
      EXPECT_TRUE(store->read_only());
    }
    std::this_thread::sleep_for(100ms);  // some vain attempts
    EXPECT_TRUE(store->read_only());
    EXPECT_EQ(data_of(read(kShard, Index{0})), acknowledged) << "reading goes on";
    disk->fault = Fault::none;
    wait_until_writable();
    if (round == 2) reopen();
  }
  EXPECT_EQ(data_of(read(kShard, Index{0})), acknowledged);
  reopen();
  EXPECT_EQ(data_of(read(kShard, Index{0})), acknowledged);
  EXPECT_EQ(store->catalog().get("refused").value(), std::nullopt);
  EXPECT_EQ(append(kShard, {"more"}).value, acknowledged.size());
}

TEST_P(FailureTest, OneFailureIsEnoughToRefuseAndRecoveryIsCounted) {
  Probes probes;
  options.probes = &probes;
  reopen();
  append(kShard, {"a"});
  Gauge& read_only = probes.gauge("millrace_read_only", "");
  disk->fault = GetParam();
  ASSERT_FALSE(try_append(kShard, {"b"}));
  EXPECT_EQ(read_only.value(), 1);
  disk->fault = Fault::none;
  wait_until_writable();
  EXPECT_EQ(append(kShard, {"c"}), Index{1});
  EXPECT_EQ(read_only.value(), 0);
  EXPECT_EQ(data_of(read(kShard, Index{0})), (Strings{"a", "c"}));
  store.reset();
}

// Who is refused for a change that fails itself is told of the failure, and the watch of nothing.
TEST_P(FailureTest, ARowThatWasNotWrittenIsInNobodysWay) {
  int watched = 0;
  const Watch watch = store->catalog().watch("name", [&](const CatalogBatch::Change&) { ++watched; });
  disk->fault = GetParam();
  asio::io_context context;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    CatalogBatch batch;
    batch.expect("name", std::nullopt);
    batch.put("name", std::to_string(i));
    asio::co_spawn(
        context, store->catalog().write(std::move(batch)),
        [&](std::exception_ptr, Result<void> r) { refused += !r && r.error().code == Errc::read_only; });
  }
  context.run();
  EXPECT_EQ(refused, 20);
  EXPECT_EQ(watched, 0);
  disk->fault = Fault::none;
  wait_until_writable();
  CatalogBatch batch;
  batch.expect("name", std::nullopt);
  batch.put("name", "taken");
  EXPECT_TRUE(run(store->catalog().write(std::move(batch))));
  EXPECT_EQ(watched, 1);
}

TEST_F(StoreTest, AFullQueueAnswersBusy) {
  options.queue_bytes = 1000;
  open();
  std::atomic<int> busy = 0, written = 0;
  asio::io_context context;
  for (int i = 0; i < 200; ++i) {
    asio::co_spawn(context, log().append(appends_of(kShard, batch_of({std::string(600, 'x')}))),
                   [&](std::exception_ptr, const std::vector<Result<Appended>>& r) {
                     if (r.front())
                       ++written;
                     else if (r.front().error().code == Errc::busy)
                       ++busy;
                   });
  }
  context.run();
  EXPECT_GT(written, 0);
  EXPECT_EQ(written + busy, 200);
  EXPECT_EQ(bounds(kShard).next.value, static_cast<std::uint64_t>(written));
}

}  // namespace
}  // namespace millrace::storage
