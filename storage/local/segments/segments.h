// The log's segments: one is written, all are read. What a commit brings is here before it is in the
// database, which holds where each block is; what the database had not yet written to its own files at a
// crash is read from here again.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <shared_mutex>
#include <unordered_map>

#include "storage/local/segments/frame.h"
#include "storage/local/segments/frame_scanner.h"
#include "storage/local/segments/newest_segment.h"
#include "storage/local/segments/segment_stock.h"
#include "storage/local/shard_hash.h"
#include "storage/result.h"

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
  friend bool operator==(const Position&, const Position&) = default;
};

// What a segment holds, for those who return its space.
struct SegmentContents {
  struct OfShard {
    std::uint64_t bytes = 0;
    Index next;  // behind the newest record of the shard in the segment
  };
  std::uint64_t end = kSegmentHeaderBytes;
  std::unordered_map<ShardId, OfShard, ShardIdHash> shards;
  bool whole = true;  // false: it was found by reading, and not all could be read. Not in the row

  void add(ShardId shard, std::uint64_t bytes, Index next);
  [[nodiscard]] std::string bytes() const;
  [[nodiscard]] static std::optional<SegmentContents> parse(std::string_view bytes);
  // Calls `each` for each shard that a row names. False when the bytes are not a row.
  static bool for_each(std::string_view bytes, const std::function<void(ShardId, const OfShard&)>& each);
};

// A frame that is read back, with where its blocks are.
struct ReadFrame {
  FrameHead head;
  std::vector<Location> locations;
  Position end;

  [[nodiscard]] static ReadFrame of(FrameScanner::Found found, std::uint64_t segment);
};

// What a start found in the segments (log_replay.h).
struct Replayed {
  std::vector<std::string> damage;     // what was acknowledged and is lost, a line each
  std::vector<std::string> notes;      // what is unusual and costs nothing, a line each
  std::set<std::uint64_t> damaged;     // segments whose files are to be kept for a look
  std::set<std::uint64_t> unreadable;  // those of them of which nothing can be read
  std::set<std::uint64_t> unused;      // segments that were made and not written
  Position end;                        // of the log
  std::uint64_t keep_to = 0;           // of the segment where it ends: nothing stands behind that
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

  // Calls `apply` for each frame behind `from`, in order, up to `until` if that is given; behind damage only
  // if `accept_loss`. Leaves `end()` behind the last frame. Changes no file. An error is the operating
  // system's or `apply`'s; damage is not one.
  using Apply = std::function<rocksdb::Status(const ReadFrame&)>;
  [[nodiscard]] rocksdb::Status replay(Position from, std::optional<Position> until, const Apply& apply,
                                       bool accept_loss, Replayed& found);

  // What the note of the newest segment says is missing, for a start that has replayed: a line; empty when
  // nothing is. Errors: io.
  [[nodiscard]] Result<std::string> look_for_newest(const Replayed& found) const;
  // After a start: has the note say what is there.
  [[nodiscard]] Result<void> settle_note();
  // The committer's: what comes next goes into a new segment, and what stands behind `end` is never read
  // again.
  void go_on_from(Position end);
  // After a start that found no damage: gives back what unused segments and the rest of the last one took.
  void trim_to_end(const Replayed& found);
  // After a start that accepted damage: keeps the damaged files in the directory `damaged` beside the
  // segments', moved there if nothing in them can be read. Answers their paths there.
  [[nodiscard]] Result<std::vector<std::filesystem::path>> set_aside(const Replayed& found);
  // Makes sure that a frame of `bytes` can be appended. Answers what the segment that was left for that
  // holds.
  struct Left {
    std::uint64_t number;
    SegmentContents contents;
  };
  [[nodiscard]] rocksdb::IOStatus make_room(std::uint64_t bytes, std::optional<Left>& left);
  // What the segment holds that is written now; nothing when none is.
  [[nodiscard]] std::optional<Left> written_last() const {
    return writer_ ? std::optional(Left{writing_, contents_}) : std::nullopt;
  }
  // Appends a frame, on disk with `sync`. After a failure nothing can be appended until `go_on_from`.
  [[nodiscard]] rocksdb::IOStatus append(std::string_view rows, const std::vector<FrameBlock>& blocks,
                                         bool sync, std::vector<Location>& locations);
  [[nodiscard]] rocksdb::IOStatus sync();
  // Whether frames are on disk of which no later frame says so; and there is room for one that does.
  [[nodiscard]] bool wants_mark() const {
    return writer_ && !marked_ && stated_ < synced_ && synced_ == at_ && at_ + kFrameHeadBytes <= room_;
  }
  [[nodiscard]] Position end() const { return end_; }

  // Safe from any thread from here on.

  using FilePtr = std::shared_ptr<const rocksdb::FSRandomAccessFile>;
  // For reading; nothing when the segment is not there.
  [[nodiscard]] Result<FilePtr> open_file(std::uint64_t number) const;

  // Nothing when the segment is not there any more. Errors: corrupt, io.
  [[nodiscard]] Result<std::optional<Block>> read(const Location& at) const;
  // The segments that are not written any more, in order.
  [[nodiscard]] std::vector<std::uint64_t> left() const;
  // What a segment that is not written any more holds, found by reading through it. What was never
  // acknowledged is not counted.
  [[nodiscard]] Result<SegmentContents> contents(std::uint64_t number) const;
  // Calls `each` for each frame of a segment that can be read. Answers whether those are all: false where a
  // frame's head is damaged, whose blocks may be whole.
  [[nodiscard]] Result<bool> frames(std::uint64_t number,
                                    const std::function<void(const ReadFrame&)>& each) const;
  // Gives the segment's file back. Who reads it now reads on.
  void remove(std::uint64_t number);
  // While one lives, no segment's file is reused or goes away.
  class RemovalPause {
   public:
    explicit RemovalPause(Segments& segments);
    ~RemovalPause();
    RemovalPause(const RemovalPause&) = delete;
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
  // Where the frames of a segment that was left end, as the one after it says; or the start, of the one
  // where the log ended.
  [[nodiscard]] std::optional<std::uint64_t> end_of(std::uint64_t number) const;
  // As the segment's header says, or its frames.
  [[nodiscard]] Result<Seal> seal_of(std::uint64_t number, const rocksdb::FSRandomAccessFile& file,
                                     std::uint64_t size) const;
  [[nodiscard]] bool syncs() const { return options_.path == WritePath::direct; }

  struct Segment {
    std::uint64_t size = 0;
    FilePtr file;  // none: not opened for reading
  };

  const SegmentOptions options_;
  SegmentFiles files_;

  // The committer's.
  std::unique_ptr<SegmentWriter> writer_;
  Seal seal_;                        // of the segment that is written
  std::uint64_t noted_ = 0;          // the segment that was last noted as the newest
  std::uint64_t at_ = 0, room_ = 0;  // where the next frame goes in the segment, and where that ends
  std::uint64_t synced_ = 0;         // up to where the segment is as safe as commits are
  std::uint64_t stated_ = 0;         // what the last frame says of that
  bool marked_ = false;              // the last frame holds nothing
  Position end_;
  Position opened_at_;  // where the log ended when the store was opened; any thread's
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
  std::vector<Removed> held_;  // removed while a RemovalPause lives

  SegmentStock stock_;
};

}  // namespace millrace::storage
