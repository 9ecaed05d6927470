// The files in which segments are kept: their names, and how they are written and read.
#pragma once

#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace millrace::storage {

// How a segment's bytes reach its file.
enum class WritePath {
  direct,  // past the page cache, where the file system can: what is written once and read soon from memory
           // elsewhere would only push out other pages, and touching fresh pages costs more than writing them
  cached_if_small,  // small pieces into the page cache, which costs no wait for the disk
};

// A segment that is being written: page by page, through one buffer. One thread's.
class SegmentWriter {
 public:
  // Of a file of `size` bytes; those from `fresh_from` on were never written. Adds what it hands out to
  // `written`, in bytes.
  SegmentWriter(std::unique_ptr<rocksdb::FSWritableFile> direct,
                std::unique_ptr<rocksdb::FSWritableFile> cached, std::uint64_t size, std::uint64_t fresh_from,
                std::atomic<std::uint64_t>& written);
  ~SegmentWriter();
  SegmentWriter(const SegmentWriter&) = delete;

  // Puts bytes behind those before; they reach the file with `flush`, or sooner.
  [[nodiscard]] rocksdb::IOStatus put(std::string_view bytes);
  // Hands all to the operating system or the disk.
  [[nodiscard]] rocksdb::IOStatus flush();
  // Flushes, and makes what was written survive power loss.
  [[nodiscard]] rocksdb::IOStatus sync();

 private:
  struct Free {
    void operator()(char* p) const;
  };
  [[nodiscard]] rocksdb::IOStatus write_pages(std::size_t bytes);
  // How many zeros to write behind `bytes` of the buffer.
  [[nodiscard]] std::size_t zeros_behind(std::size_t bytes) const;

  const std::unique_ptr<rocksdb::FSWritableFile> direct_, cached_;  // one may be missing
  const std::uint64_t size_;
  std::uint64_t fresh_from_;
  std::atomic<std::uint64_t>& written_;
  const std::unique_ptr<char[], Free> buffer_;
  std::size_t filled_ = 0;     // of the buffer; its start is the file's `at_`
  std::uint64_t at_ = 0;       // a multiple of the page size
  std::uint64_t unsaved_ = 0;  // bytes in the buffer that the file does not have yet
};

class SegmentFiles {
 public:
  SegmentFiles(std::filesystem::path directory, std::shared_ptr<rocksdb::FileSystem> files, WritePath path);

  // Makes the directory if need be, and lists the numbers of the files in it, in order.
  [[nodiscard]] rocksdb::IOStatus open(std::vector<std::uint64_t>& numbers);

  // A file of `bytes`, whose space is taken: of a file that is not needed any more, whose blocks the file
  // system need not find again, or new. NoSpace when the disk is full.
  [[nodiscard]] rocksdb::IOStatus create(std::uint64_t number, std::uint64_t bytes,
                                         std::optional<std::uint64_t> recycled,
                                         std::unique_ptr<SegmentWriter>& writer);
  [[nodiscard]] rocksdb::IOStatus open_for_reading(std::uint64_t number,
                                                   std::unique_ptr<rocksdb::FSRandomAccessFile>& file) const;
  [[nodiscard]] rocksdb::IOStatus remove(std::uint64_t number) const;
  [[nodiscard]] std::filesystem::path path(std::uint64_t number) const;
  // Of the file system; all that there may be where it does not say.
  [[nodiscard]] std::uint64_t free_bytes() const;
  // Bytes ever handed to files.
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  [[nodiscard]] rocksdb::IOStatus open_for_writing(std::uint64_t number, std::uint64_t existing,
                                                   rocksdb::FileOptions options,
                                                   std::unique_ptr<rocksdb::FSWritableFile>& file);

  const std::filesystem::path directory_;
  const std::shared_ptr<rocksdb::FileSystem> files_;
  const WritePath path_;
  std::unique_ptr<rocksdb::FSDirectory> synced_;
  std::atomic<std::uint64_t> written_ = 0;
};

}  // namespace millrace::storage
