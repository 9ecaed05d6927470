// What a start does with the log: finds the segments behind a position, in their order, and reads their
// frames. It only reads; what it finds decides what happens to the files.
//
// Where the log ends. Each frame states up to where its segment was on disk when the frame was written
// (frame.h), and a segment that another one follows was on disk up to where that one's header says. What
// cannot be read before such a point was acknowledged: it is damage. What cannot be read behind the last
// such point was being written when the server stopped: it is a torn tail, and left out. An error of the
// operating system is neither: it ends the start.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "storage/local/segments/frame_scanner.h"
#include "storage/local/segments/segments.h"

namespace millrace::storage {

class LogReplay {
 public:
  // `apply` is called for each frame in order; once there is damage, only if `accept_loss`.
  LogReplay(const Segments& segments, const Segments::Apply& apply, bool accept_loss)
      : segments_(segments), apply_(apply), accept_loss_(accept_loss) {}

  // From `from` up to `until`, if that is given. Once. Errors: what the operating system or `apply` answers.
  [[nodiscard]] rocksdb::Status run(Position from, std::optional<Position> until);
  [[nodiscard]] Replayed& found() { return found_; }

 private:
  // A segment that holds frames, or may.
  struct Known {
    SegmentHeader header;
    // Its header is damaged: its place follows from its frames, of which this is the number of the first.
    std::optional<std::uint64_t> first_frame;
  };
  // Of one segment, to be read.
  struct Stretch {
    std::uint64_t end;
    std::uint64_t before_frame;  // frames from this number on were never acknowledged
    bool last;                   // nothing is known of its end but what is there
  };
  // A frame, or what stands where one should begin.
  struct Piece {
    std::uint64_t begin, end;
    std::optional<FrameScanner::Found> frame;
  };
  class Reading;

  [[nodiscard]] rocksdb::Status look_at(std::uint64_t number);
  [[nodiscard]] rocksdb::Status look_at_first(const Position& from);
  [[nodiscard]] rocksdb::Status look_at_all(const Position& from);
  // Gives the segments whose headers are damaged their place between the others.
  void place_unmarked(std::uint64_t from);
  // The segment that was written after `number`.
  [[nodiscard]] std::optional<std::uint64_t> after(std::uint64_t number) const;
  // The segment where the log goes on behind one that is gone.
  [[nodiscard]] std::optional<std::uint64_t> behind_gap(std::uint64_t number) const;
  [[nodiscard]] std::optional<std::uint64_t> begin(const Position& from);
  [[nodiscard]] Stretch stretch(std::uint64_t number, std::optional<std::uint64_t> next,
                                const std::optional<Position>& until) const;
  [[nodiscard]] rocksdb::Status read(Position& at, const Stretch& stretch);
  void judge_the_rest();
  void damage(std::uint64_t segment, const std::string& what);
  [[nodiscard]] std::string missing(std::uint64_t number) const;

  const Segments& segments_;
  const Segments::Apply& apply_;
  const bool accept_loss_;
  std::map<std::uint64_t, Known> known_;
  std::set<std::uint64_t> unreadable_;  // neither a header nor a frame can be read, and they are not empty
  Replayed found_;
};

}  // namespace millrace::storage
