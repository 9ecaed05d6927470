// The log's segments: one is written, all are read. What a commit brings is here before it is in the
// database, which holds where each block is; what the database had not yet written to its own files at a
// crash is read from here again.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <shared_mutex>
#include <unordered_map>

#include "storage/result.h"
#include "storage/rocksdb/frame.h"
#include "storage/rocksdb/segment_stock.h"
#include "storage/rocksdb/shard_hash.h"

namespace millrace::storage {

// Where a block is.
struct Location {
  std::uint64_t segment = 0;
  std::uint32_t offset = 0, size = 0;
  std::uint64_t checksum = 0;

  // As it stands in a row.
  [[nodiscard]] std::string_view bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
  [[nodiscard]] static std::optional<Location> parse(std::string_view bytes);
  friend bool operator==(const Location&, const Location&) = default;
};

static_assert(sizeof(Location) == 24);

// A point between two frames: behind frame number `frame`, which ends at `offset`.
struct Position {
  std::uint64_t segment = 0, offset = 0, frame = 0;

  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] static std::optional<Position> parse(std::string_view bytes);
};

// What a segment holds, for those who return its space.
struct SegmentContents {
  struct OfShard {
    std::uint64_t bytes = 0;
    Index next;  // behind the newest record of the shard in the segment
  };
  std::uint64_t end = kSegmentHeaderBytes;
  std::unordered_map<ShardId, OfShard, ShardIdHash> shards;

  void add(ShardId shard, std::uint64_t bytes, Index next);
  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] static std::optional<SegmentContents> parse(std::string_view bytes);
};

// A frame that is read back, with where its blocks are.
struct ReadFrame {
  FrameHead head;
  std::vector<Location> locations;
  Position end;
};

struct SegmentOptions {
  std::filesystem::path directory;
  std::shared_ptr<rocksdb::FileSystem> files;  // none: the system's
  WritePath path = WritePath::direct;
  std::uint64_t segment_bytes = 64 << 20;
  std::chrono::milliseconds keep_for{30'000};  // a file that is not needed any more, to be used again
};

class Segments {
 public:
  explicit Segments(SegmentOptions options);

  // Finds the files that are there. Once, before anything else.
  [[nodiscard]] rocksdb::IOStatus open();

  // Calls `apply` for each frame behind `from`, in order, up to `until` if that is given. What is broken is
  // told in `trouble`, a line each, and left out; a frame at the very end that was being written at a crash
  // is left out in silence. Leaves `end()` behind the last frame.
  using Apply = std::function<rocksdb::Status(const ReadFrame&)>;
  [[nodiscard]] rocksdb::Status replay(Position from, std::optional<Position> until, const Apply& apply,
                                       std::vector<std::string>& trouble);

  // The committer's: what comes next goes into a new segment, and what stands behind `end` is never read
  // again.
  void go_on_from(Position end);
  // After a start: gives back what the segments behind `end()` and the rest of that one took.
  void trim_to_end();
  // Makes sure that a frame of `bytes` can be appended. Answers what the segment that was left for that
  // holds.
  struct Left {
    std::uint64_t number;
    SegmentContents contents;
  };
  [[nodiscard]] rocksdb::IOStatus make_room(std::uint64_t bytes, std::optional<Left>& left);
  // Appends a frame, on disk with `sync`. After a failure nothing can be appended until `go_on_from`.
  [[nodiscard]] rocksdb::IOStatus append(std::string_view rows, const std::vector<FrameBlock>& blocks,
                                         bool sync, std::vector<Location>& locations);
  [[nodiscard]] rocksdb::IOStatus sync();
  [[nodiscard]] Position end() const { return end_; }

  // Safe from any thread from here on.

  // Nothing when the segment is not there any more. Errors: corrupt, io.
  [[nodiscard]] Result<std::optional<Block>> read(const Location& at) const;
  // The segments that are not written any more, in order.
  [[nodiscard]] std::vector<std::uint64_t> left() const;
  // What a segment holds, found by reading through it.
  [[nodiscard]] Result<SegmentContents> contents(std::uint64_t number) const;
  // Calls `each` for each frame of a segment.
  [[nodiscard]] Result<void> frames(std::uint64_t number,
                                    const std::function<void(const ReadFrame&)>& each) const;
  // Gives the segment's file back. Who reads it now reads on.
  void remove(std::uint64_t number);
  // While one lives, no segment's file is reused or goes away.
  class Hold {
   public:
    explicit Hold(Segments& segments);
    ~Hold();
    Hold(const Hold&) = delete;
    // The segments that were there when it was made.
    [[nodiscard]] const std::vector<std::uint64_t>& numbers() const { return numbers_; }

   private:
    Segments& segments_;
    std::vector<std::uint64_t> numbers_;
  };
  [[nodiscard]] std::vector<std::uint64_t> numbers() const;
  [[nodiscard]] std::filesystem::path path(std::uint64_t number) const { return files_.path(number); }
  // In bytes, as the files have them: of all segments, and of one.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::uint64_t size_of(std::uint64_t number) const;
  // Bytes ever written to segments.
  [[nodiscard]] std::uint64_t written() const { return files_.written(); }

 private:
  using FilePtr = std::shared_ptr<const rocksdb::FSRandomAccessFile>;
  struct Segment {
    std::uint64_t size = 0;
    FilePtr file;  // none: not opened for reading
  };
  using Headers = std::map<std::uint64_t, SegmentHeader>;

  // Nothing when the segment is not there.
  [[nodiscard]] Result<FilePtr> open_file(std::uint64_t number) const;
  [[nodiscard]] Headers headers_from(std::uint64_t number) const;
  // The segment that was written after `number`.
  [[nodiscard]] std::optional<std::uint64_t> after(std::uint64_t number, const Headers& headers) const;
  struct Stretch {  // of one segment, to be replayed
    std::uint64_t end;
    bool last;  // nothing is known of its end but what is there
  };
  [[nodiscard]] rocksdb::Status replay(Position& at, Stretch stretch, const Apply& apply,
                                       std::vector<std::string>& trouble) const;

  const SegmentOptions options_;
  SegmentFiles files_;

  // The committer's.
  std::unique_ptr<SegmentWriter> writer_;
  std::uint64_t at_ = 0, room_ = 0;  // where the next frame goes in the segment, and where that ends
  Position end_;
  bool dirty_ = false;  // what `writer_` wrote is not yet synced
  SegmentContents contents_;

  mutable std::shared_mutex mutex_;
  // Guarded by mutex_.
  mutable std::map<std::uint64_t, Segment> segments_;
  mutable std::deque<std::uint64_t> opened_;  // for reading, the oldest first
  std::uint64_t writing_ = 0;                 // the segment that is written; changed by the committer
  unsigned holds_ = 0;
  struct Removed {
    std::uint64_t number;
    bool reusable;
  };
  std::vector<Removed> held_;  // removed while a Hold lives

  SegmentStock stock_;
};

}  // namespace millrace::storage
