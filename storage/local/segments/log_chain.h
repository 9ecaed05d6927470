// The segments of a log as files on disk, without a database that knows of them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>

#include "storage/local/segments/segments.h"

namespace millrace::storage {

// Read only. One thread's.
class LogChain {
 public:
  // Reads the headers of the segments in `directory`. What is damaged or cannot be read is added to
  // `trouble`, a line each. `files`: nullptr, or what stands for the system's. `ends`: where segments end, as
  // far as the index says so. Errors: io.
  [[nodiscard]] static Result<LogChain> open(const std::filesystem::path& directory,
                                             const std::shared_ptr<rocksdb::FileSystem>& files,
                                             const std::map<std::uint64_t, std::uint64_t>& ends,
                                             std::vector<std::string>& trouble);

  struct Link {
    std::uint64_t number;
    std::uint64_t end;  // nothing behind it was acknowledged
    bool end_is_known;  // otherwise it is the file's
    bool follows;       // the link before it is the segment before it
  };
  // In order. What was never acknowledged is not among them.
  [[nodiscard]] const std::vector<Link>& links() const { return links_; }
  // Whether the first link is the beginning of the log.
  [[nodiscard]] bool begins() const { return begins_; }

  // Calls `each` for the frames of a link that begin at `from` or behind it. What cannot be read is passed
  // over, and told in `trouble`.
  // Errors: those of `each`.
  [[nodiscard]] Result<void> frames(const Link& link, std::uint64_t from,
                                    const std::function<Result<void>(const ReadFrame&)>& each,
                                    std::vector<std::string>& trouble) const;
  // Nothing when its bytes cannot be read, or are not what the location says.
  [[nodiscard]] std::optional<Block> read(const Location& at) const;

 private:
  struct Source {
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    std::uint64_t size = 0;
    std::optional<SegmentHeader> header;
    Seal seal;
  };
  [[nodiscard]] static Result<Source> open_source(rocksdb::FileSystem& files,
                                                  const std::filesystem::path& path);
  void link(const std::map<std::uint64_t, std::uint64_t>& ends);

  std::map<std::uint64_t, Source> sources_;
  std::vector<Link> links_;
  bool begins_ = false;
};

}  // namespace millrace::storage
