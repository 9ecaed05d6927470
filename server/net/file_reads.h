// Reads of objects' files for the io threads: what the page cache holds at once, the rest by a pool, so that
// a disk that is slow stops no other connection.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "api/core/message.h"
#include "storage/file_sums.h"

namespace millrace::net {

// Safe from any thread. Outlives whoever reads.
class FileReads {
 public:
  // Of a file that is sent by sendfile, so much is made sure to be in the page cache at a time.
  static constexpr std::uint64_t kWindow = storage::FileSums::kWindow;
  static constexpr std::size_t kThreads = 8;

  FileReads() : pool_(kThreads) {}

  // Reads `size` bytes; false when the file is shorter or cannot be read.
  [[nodiscard]] boost::asio::awaitable<bool> read(std::shared_ptr<const int> descriptor, std::uint64_t offset,
                                                  char* to, std::size_t size);
  // Brings a part of a file, of kWindow bytes at most, into the page cache, if it is not there: looked for at
  // every eighth of the window, since the kernel reads ahead and drops in larger pieces. Where the file has
  // checksums, compares it with them, unless that was done since it came into the page cache, as far as can
  // be told. False when it is not what was written, or cannot be read.
  [[nodiscard]] boost::asio::awaitable<bool> load(std::shared_ptr<const int> descriptor, std::uint64_t offset,
                                                  std::uint64_t size);

 private:
  boost::asio::thread_pool pool_;
};

// The part of a file as a stream of pieces, each counted in `memory` while it is sent.
class FileStream final : public BodyStream {
 public:
  FileStream(FileReads& reads, FilePart part, std::shared_ptr<Memory> memory)
      : reads_(reads), part_(std::move(part)), memory_(std::move(memory)) {}

  // Throws when the file is shorter than it was, or is not what was written.
  [[nodiscard]] boost::asio::awaitable<std::optional<std::string>> next() override;

 private:
  FileReads& reads_;
  FilePart part_;
  const std::shared_ptr<Memory> memory_;
  MemoryHold held_;
};

// Makes a file that an answer has for a body a stream; other bodies stay as they are.
void stream_file(FileReads& reads, HttpResponse& response, std::shared_ptr<Memory> memory);

}  // namespace millrace::net
