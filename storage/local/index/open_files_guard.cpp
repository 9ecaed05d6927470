#include "storage/local/index/open_files_guard.h"

namespace millrace::storage {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class GuardedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  GuardedFile(std::unique_ptr<rocksdb::FSWritableFile> file, OpenFilesGuard& guard)
      : FSWritableFileOwnerWrapper(std::move(file)), guard_(guard) {}

  IOStatus Append(const Slice& data, const IOOptions& o, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->Append(data, o, d));
  }
  IOStatus Append(const Slice& data, const IOOptions& o, const rocksdb::DataVerificationInfo& v,
                  IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->Append(data, o, v, d));
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& o,
                            IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->PositionedAppend(data, offset, o, d));
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& o,
                            const rocksdb::DataVerificationInfo& v, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->PositionedAppend(data, offset, o, v, d));
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& o, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->Truncate(size, o, d));
  }
  IOStatus Flush(const IOOptions& o, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->Flush(o, d));
  }
  IOStatus Sync(const IOOptions& o, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->Sync(o, d));
  }
  IOStatus Fsync(const IOOptions& o, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->Fsync(o, d));
  }
  IOStatus RangeSync(std::uint64_t offset, std::uint64_t bytes, const IOOptions& o,
                     IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(target()->RangeSync(offset, bytes, o, d));
  }
  IOStatus Close(const IOOptions& o, IODebugContext* d) override {
    return guard_.keep(target()->Close(o, d));
  }

 private:
  OpenFilesGuard& guard_;
};

class GuardedDirectory final : public rocksdb::FSDirectoryWrapper {
 public:
  GuardedDirectory(std::unique_ptr<rocksdb::FSDirectory> directory, OpenFilesGuard& guard)
      : FSDirectoryWrapper(std::move(directory)), guard_(guard) {}

  IOStatus Fsync(const IOOptions& o, IODebugContext* d) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(FSDirectoryWrapper::Fsync(o, d));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& o, IODebugContext* d,
                               const rocksdb::DirFsyncOptions& of) override {
    return guard_.off() ? IOStatus::OK() : guard_.keep(FSDirectoryWrapper::FsyncWithDirOptions(o, d, of));
  }

 private:
  OpenFilesGuard& guard_;
};

// Takes everything, and has none of it.
class NoFile final : public rocksdb::FSWritableFile {
 public:
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    size_ += data.size();
    return IOStatus::OK();
  }
  IOStatus Append(const Slice& data, const IOOptions& o, const rocksdb::DataVerificationInfo&,
                  IODebugContext* d) override {
    return Append(data, o, d);
  }
  IOStatus Truncate(std::uint64_t, const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  std::uint64_t size_ = 0;
};

}  // namespace

void OpenFilesGuard::begin() {
  const std::lock_guard lock(mutex_);
  failure_ = IOStatus::OK();
  off_ = false;
  opening_ = true;
}

IOStatus OpenFilesGuard::end() {
  const std::lock_guard lock(mutex_);
  opening_ = false;
  return failure_;
}

IOStatus OpenFilesGuard::keep(IOStatus status) {
  if (status.ok() || !opening_ || status.IsNotSupported()) return status;
  const std::lock_guard lock(mutex_);
  if (failure_.ok()) failure_ = status;
  off_ = true;
  return IOStatus::OK();
}

IOStatus OpenFilesGuard::NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) {
  IOStatus s = off() ? IOStatus::OK() : keep(target()->NewWritableFile(name, options, file, d));
  if (off())
    *file = std::make_unique<NoFile>();
  else if (s.ok())
    *file = std::make_unique<GuardedFile>(std::move(*file), *this);
  return s;
}

IOStatus OpenFilesGuard::ReopenWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                                            IODebugContext* d) {
  IOStatus s = off() ? IOStatus::OK() : keep(target()->ReopenWritableFile(name, options, file, d));
  if (off())
    *file = std::make_unique<NoFile>();
  else if (s.ok())
    *file = std::make_unique<GuardedFile>(std::move(*file), *this);
  return s;
}

IOStatus OpenFilesGuard::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                                    IODebugContext* d) {
  return off() ? IOStatus::OK() : keep(target()->RenameFile(from, to, options, d));
}

// What cannot be deleted is only in the way.
IOStatus OpenFilesGuard::DeleteFile(const std::string& name, const IOOptions& options, IODebugContext* d) {
  return off() ? IOStatus::OK() : target()->DeleteFile(name, options, d);
}

IOStatus OpenFilesGuard::NewDirectory(const std::string& name, const IOOptions& options,
                                      std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* d) {
  IOStatus s = target()->NewDirectory(name, options, directory, d);
  if (s.ok()) *directory = std::make_unique<GuardedDirectory>(std::move(*directory), *this);
  return s;
}

}  // namespace millrace::storage
