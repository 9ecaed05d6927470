// The file system that the database writes through. While the database opens, the first write that fails is
// the last that reaches the disk: RocksDB 7.8 aborts the process when it meets such an error there, so it is
// given the impression that all went well, as if the power had gone, and the failure is answered afterwards.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace millrace::storage {

// Safe from any thread.
class OpenFilesGuard final : public rocksdb::FileSystemWrapper {
 public:
  explicit OpenFilesGuard(const std::shared_ptr<rocksdb::FileSystem>& files) : FileSystemWrapper(files) {}
  [[nodiscard]] const char* Name() const override { return "OpenFilesGuard"; }

  // From here on a failure is kept, and nothing is written after it.
  void begin();
  // The failure, if there was one: then the database is to be closed, and nothing is written until `begin`.
  [[nodiscard]] rocksdb::IOStatus end();

  // For the files.
  [[nodiscard]] bool off() const { return off_.load(std::memory_order_relaxed); }
  // The status, or ok when it is a failure that is kept.
  [[nodiscard]] rocksdb::IOStatus keep(rocksdb::IOStatus status);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* d) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file,
                                       rocksdb::IODebugContext* d) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options, rocksdb::IODebugContext* d) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* d) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext* d) override;

 private:
  std::atomic<bool> opening_ = false, off_ = false;
  std::mutex mutex_;
  rocksdb::IOStatus failure_;  // guarded by mutex_
};

}  // namespace millrace::storage
