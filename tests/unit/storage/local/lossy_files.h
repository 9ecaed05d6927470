// A disk whose power can be cut: then nothing reaches it any more, and what was written and not synced may be
// undone.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <random>

namespace millrace::storage {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Remembers what every file held before the writes that are not synced.
class Disk {
 public:
  // `bytes` at `offset` of the file are about to change.
  void before_write(const std::string& path, std::uint64_t offset, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    std::string old(bytes, '\0');
    const int fd = ::open(path.c_str(), O_RDONLY);
    ssize_t n = fd < 0 ? 0 : ::pread(fd, old.data(), bytes, static_cast<off_t>(offset));
    if (fd >= 0) ::close(fd);
    old.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    unsynced_[path].push_back({offset, bytes, std::move(old)});
  }
  void synced(const std::string& path) {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(path);
  }
  // Nothing reaches the disk any more.
  void cut() { off_ = true; }
  [[nodiscard]] bool off() const { return off_; }

  // The power is back, and all is there that was written: the process ended, not the machine.
  void come_back() {
    const std::lock_guard lock(mutex_);
    unsynced_.clear();
    off_ = false;
  }
  // Undoes, newest first, what was not synced: all of it, or what `random` says, page by page.
  void lose(std::mt19937& random) {
    const bool all = random() % 4 == 0;
    for (auto& [path, writes] : unsynced_) {
      const int fd = ::open(path.c_str(), O_WRONLY);
      if (fd < 0) continue;
      for (auto write = writes.rbegin(); write != writes.rend(); ++write)
        for (std::size_t page = 0; page < write->size; page += 4096)
          if (all || random() % 2 == 0) put_back(fd, *write, page);
      ::close(fd);
    }
    unsynced_.clear();
    off_ = false;
  }

 private:
  struct Write {
    std::uint64_t offset;
    std::size_t size;
    std::string old;  // shorter where the file ended
  };
  static void put_back(int fd, const Write& write, std::size_t page) {
    std::string old = page < write.old.size() ? write.old.substr(page, 4096) : std::string();
    old.resize(std::min<std::size_t>(4096, write.size - page), '\0');
    ASSERT_EQ(::pwrite(fd, old.data(), old.size(), static_cast<off_t>(write.offset + page)),
              static_cast<ssize_t>(old.size()));
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<Write>> unsynced_;
  std::atomic<bool> off_ = false;
};

class LossyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LossyFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, Disk& disk)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

  IOStatus Append(const Slice& data, const IOOptions& o, IODebugContext* d) override {
    if (disk_.off()) return IOStatus::IOError("no power");
    disk_.before_write(path_, target()->GetFileSize(o, d), data.size());
    return target()->Append(data, o, d);
  }
  IOStatus Append(const Slice& data, const IOOptions& o, const rocksdb::DataVerificationInfo&,
                  IODebugContext* d) override {
    return Append(data, o, d);
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& o,
                            IODebugContext* d) override {
    if (disk_.off()) return IOStatus::IOError("no power");
    disk_.before_write(path_, offset, data.size());
    return target()->PositionedAppend(data, offset, o, d);
  }
  IOStatus Sync(const IOOptions& o, IODebugContext* d) override {
    if (disk_.off()) return IOStatus::IOError("no power");
    disk_.synced(path_);
    return target()->Sync(o, d);
  }
  IOStatus Fsync(const IOOptions& o, IODebugContext* d) override { return Sync(o, d); }

 private:
  const std::string path_;
  Disk& disk_;
};

class LossyFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit LossyFiles(Disk& disk) : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
  const char* Name() const override { return "LossyFiles"; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& o,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    if (disk_.off()) return IOStatus::IOError("no power");
    return wrap(target()->NewWritableFile(name, o, file, d), name, file);
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old, const FileOptions& o,
                             std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* d) override {
    if (disk_.off()) return IOStatus::IOError("no power");
    return wrap(target()->ReuseWritableFile(name, old, o, file, d), name, file);
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& o, IODebugContext* d) override {
    if (disk_.off()) return IOStatus::IOError("no power");
    disk_.synced(name);
    return target()->DeleteFile(name, o, d);
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& o,
                      IODebugContext* d) override {
    return disk_.off() ? IOStatus::IOError("no power") : target()->RenameFile(from, to, o, d);
  }

 private:
  IOStatus wrap(IOStatus status, const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (status.ok()) *file = std::make_unique<LossyFile>(std::move(*file), name, disk_);
    return status;
  }
  Disk& disk_;
};

}  // namespace millrace::storage
