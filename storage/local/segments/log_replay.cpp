#include "storage/local/segments/log_replay.h"

#include <algorithm>
#include <limits>

#include "storage/local/segments/frame_scanner.h"

namespace millrace::storage {
namespace {

using rocksdb::Status;

constexpr std::uint64_t kNoEnd = std::numeric_limits<std::uint64_t>::max();
// What stays of a file behind the log's end where something stands that nobody can read.
constexpr std::uint64_t kKeptTail = 64 << 10;

std::string segment_name(std::uint64_t number) { return "segment " + std::to_string(number); }

std::string frames_text(std::uint64_t first, std::uint64_t last) {
  return first == last ? "commit " + std::to_string(first)
                       : "commits " + std::to_string(first) + " to " + std::to_string(last);
}

bool is_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

Status io(const Error& error) { return Status::IOError(error.detail); }

}  // namespace

// Reads one stretch: frames are applied as soon as it is known that they were on disk, and what cannot be
// read in front of such a frame is damage.
class LogReplay::Reading {
 public:
  Reading(LogReplay& replay, const rocksdb::FSRandomAccessFile& file, Position& at, const Stretch& stretch,
          std::uint64_t end)
      : replay_(replay),
        at_(at),
        stretch_(stretch),
        end_(end),
        scanner_(file, replay.known_.at(at.segment).header.seal(), at.offset, end),
        next_number_(at.frame + 1) {}

  Status run() {
    bool more = true;
    while (more) {
      const Status s = step(more);
      if (!s.ok()) return s;
    }
    return finish();
  }

 private:
  Status step(bool& more) {
    more = scanner_.offset() < end_;
    if (!more) return Status::OK();
    const std::uint64_t begin = scanner_.offset();
    auto found = scanner_.next();
    if (!found) return io(found.error());
    if (*found && (*found)->head.number >= next_number_) {
      more = (*found)->head.number < stretch_.before_frame;
      return more ? take(std::move(**found)) : Status::OK();
    }
    const Result<bool> behind = scanner_.search();
    if (!behind) return io(behind.error());
    pieces_.push_back({begin, *behind ? scanner_.offset() : end_, {}});
    more = *behind;
    return Status::OK();
  }

  Status take(FrameScanner::Found found) {
    next_number_ = found.head.number + 1;
    const std::uint64_t synced = found.head.synced > 0 ? found.head.synced : found.begin;
    pieces_.push_back({found.begin, found.end, std::move(found)});
    return settle(synced);
  }

  // What begins before `synced` was on disk.
  Status settle(std::uint64_t synced) {
    for (; !pieces_.empty() && pieces_.front().begin < synced; pieces_.pop_front())
      if (const Status s = apply(pieces_.front()); !s.ok()) return s;
    return Status::OK();
  }

  Status apply(Piece& piece) {
    if (!piece.frame) {
      replay_.damage(at_.segment, ", offset " + std::to_string(piece.begin) + " to " +
                                      std::to_string(piece.end) + ": the data cannot be read");
      return Status::OK();
    }
    const std::uint64_t number = piece.frame->head.number;
    if (number != at_.frame + 1)
      replay_.damage(at_.segment, ", before offset " + std::to_string(piece.begin) + ": " +
                                      frames_text(at_.frame + 1, number - 1) + " cannot be read");
    const ReadFrame frame = ReadFrame::of(std::move(*piece.frame), at_.segment);
    at_ = frame.end;
    if (!replay_.found_.damage.empty() && !replay_.accept_loss_) return Status::OK();
    return replay_.apply_(frame);
  }

  Status finish() {
    if (!stretch_.last) {
      const bool known_end = stretch_.end != kNoEnd;
      // Of a segment whose end is not known, what is behind its frames is nothing.
      if (!known_end && !pieces_.empty() && !pieces_.back().frame) pieces_.pop_back();
      if (const Status s = settle(kNoEnd); !s.ok()) return s;
      if (known_end && end_ < stretch_.end)
        replay_.damage(at_.segment, ": the file ends at offset " + std::to_string(end_) + " instead of " +
                                        std::to_string(stretch_.end));
      return Status::OK();
    }
    for (; !pieces_.empty() && pieces_.front().frame; pieces_.pop_front()) {
      const auto whole = scanner_.whole(*pieces_.front().frame);
      if (!whole) return io(whole.error());
      if (!*whole) break;
      if (const Status s = apply(pieces_.front()); !s.ok()) return s;
    }
    return leave_out_tail();
  }

  Status leave_out_tail() {
    std::uint64_t& keep = replay_.found_.keep_to;
    keep = at_.offset;
    if (pieces_.empty()) return Status::OK();
    const auto sizes = scanner_.sizes_at(at_.offset);
    if (!sizes) return io(sizes.error());
    if (!*sizes || (*sizes)->number != at_.frame + 1) {
      const std::uint64_t next = pieces_.size() > 1 ? pieces_[1].begin : end_;
      keep = std::min(next, at_.offset + kKeptTail);
      return Status::OK();
    }
    keep = (*sizes)->frame() < end_ - at_.offset ? at_.offset + (*sizes)->frame() : end_;
    replay_.found_.notes.push_back(segment_name(at_.segment) + ", offset " + std::to_string(at_.offset) +
                                   ": an incomplete commit of " + std::to_string((*sizes)->frame()) +
                                   " bytes was being written when the server stopped; it is discarded");
    return Status::OK();
  }

  LogReplay& replay_;
  Position& at_;
  const Stretch& stretch_;
  const std::uint64_t end_;
  FrameScanner scanner_;
  std::uint64_t next_number_;
  std::deque<Piece> pieces_;  // of which it is not known yet whether they were on disk
};

void LogReplay::damage(std::uint64_t segment, const std::string& what) {
  found_.damage.push_back(segment_name(segment) + what);
  found_.damaged.insert(segment);
}

Status LogReplay::look_at(std::uint64_t number) {
  const auto file = segments_.open_file(number);
  if (!file) return io(file.error());
  if (!*file) return Status::OK();
  const std::uint64_t size = segments_.size_of(number);
  char bytes[kSegmentHeaderBytes];
  rocksdb::Slice read;
  if (const Status s = (*file)->Read(0, sizeof bytes, {}, &read, bytes, nullptr); !s.ok()) return s;
  if (read.size() < std::min<std::uint64_t>(sizeof bytes, size))
    return Status::IOError(segments_.path(number).string() + ": the read of the header ended early");
  const auto header = SegmentHeader::parse(read.ToStringView());
  if (header && header->number == number) {
    known_[number] = {*header, {}};
    return Status::OK();
  }
  // A file that was used before and is not used yet has the header of its earlier use.
  if (header && header->number < number) {
    found_.unused.insert(number);
    return Status::OK();
  }
  const auto learned = FrameScanner::learn(**file, number, size);
  if (!learned) return io(learned.error());
  const std::string_view text = read.ToStringView();
  if (*learned) {
    known_[number] = {{number, 0, kNoEnd, (*learned)->seal.salt}, (*learned)->first_frame};
    found_.notes.push_back(segment_name(number) +
                           ": the header is damaged; the position follows from the frames");
    found_.damaged.insert(number);
  } else if (is_zero(text)) {
    found_.unused.insert(number);
  } else {
    unreadable_.insert(number);
  }
  return Status::OK();
}

// Of the segment in which the log goes on the place is known. Without a salt nothing in it can be read: then
// it must end there.
Status LogReplay::look_at_first(const Position& from) {
  if (const Status s = look_at(from.segment); !s.ok()) return s;
  const auto known = known_.find(from.segment);
  if (known != known_.end()) {
    if (known->second.first_frame) known->second = {{from.segment, 0, kNoEnd, known->second.header.salt}, {}};
    return Status::OK();
  }
  const auto file = segments_.open_file(from.segment);
  if (!file) return io(file.error());
  const std::uint64_t size = segments_.size_of(from.segment);
  if (!*file) return Status::OK();
  found_.unused.erase(from.segment);
  unreadable_.erase(from.segment);
  std::string piece(64 << 10, '\0');
  for (std::uint64_t at = from.offset; at < size; at += piece.size()) {
    rocksdb::Slice read;
    if (const Status s = (*file)->Read(at, piece.size(), {}, &read, piece.data(), nullptr); !s.ok()) return s;
    if (is_zero(read.ToStringView())) continue;
    unreadable_.insert(from.segment);
    return Status::OK();
  }
  known_[from.segment] = {{from.segment, 0, kNoEnd, 0}, {}};
  return Status::OK();
}

Status LogReplay::look_at_all(const Position& from) {
  for (const std::uint64_t number : segments_.numbers()) {
    if (number < from.segment) continue;
    const Status s = number == from.segment ? look_at_first(from) : look_at(number);
    if (!s.ok()) return s;
  }
  return Status::OK();
}

void LogReplay::place_unmarked(std::uint64_t from) {
  std::uint64_t previous = from;
  for (auto& [number, known] : known_) {
    if (known.first_frame && number != from) known.header.before = previous;
    previous = number;
  }
}

std::optional<std::uint64_t> LogReplay::after(std::uint64_t number) const {
  std::optional<std::uint64_t> next;
  // The last one that says so: what an earlier one holds was never acknowledged.
  for (const auto& [n, known] : known_)
    if (n > number && known.header.before == number) next = n;
  return next;
}

std::optional<std::uint64_t> LogReplay::behind_gap(std::uint64_t number) const {
  for (const auto& [n, known] : known_)
    if (n > number && known.header.before > number && !known_.contains(known.header.before)) return n;
  return std::nullopt;
}

std::string LogReplay::missing(std::uint64_t number) const {
  return unreadable_.contains(number) ? ": the header is damaged and no frame can be read: all " +
                                            std::to_string(segments_.size_of(number)) + " bytes are lost"
                                      : " is missing";
}

// Where to begin; nothing where there is nothing.
std::optional<std::uint64_t> LogReplay::begin(const Position& from) {
  if (from.segment != 0) {
    if (known_.contains(from.segment)) return from.segment;
    damage(from.segment, missing(from.segment) + ", and the log continues there");
    const auto next = after(from.segment);
    return next ? next : behind_gap(from.segment);
  }
  if (const auto first = after(0)) return first;
  if (known_.empty()) return std::nullopt;
  const auto& [number, known] = *known_.begin();
  damage(known.header.before,
         missing(known.header.before) + ", and the log before " + segment_name(number) + " is lost");
  return number;
}

LogReplay::Stretch LogReplay::stretch(std::uint64_t number, std::optional<std::uint64_t> next,
                                      const std::optional<Position>& until) const {
  if (until && until->segment == number) return {until->offset, kNoEnd, false};
  if (!next) return {kNoEnd, kNoEnd, true};
  const Known& known = known_.at(*next);
  return {known.first_frame ? kNoEnd : known.header.before_end, known.first_frame.value_or(kNoEnd), false};
}

Status LogReplay::read(Position& at, const Stretch& stretch) {
  const auto file = segments_.open_file(at.segment);
  if (!file) return io(file.error());
  if (!*file) return Status::IOError(segment_name(at.segment) + " was removed");
  const std::uint64_t end = std::min(stretch.end, segments_.size_of(at.segment));
  if (at.offset > end) {
    damage(at.segment, ": the file ends at offset " + std::to_string(end) + ", the log continues at " +
                           std::to_string(at.offset));
    at.offset = end;
  }
  return Reading(*this, **file, at, stretch, end).run();
}

Status LogReplay::run(Position from, std::optional<Position> until) {
  found_.end = from;
  if (until && until->segment == 0) return Status::OK();
  if (const Status s = look_at_all(from); !s.ok()) return s;
  place_unmarked(from.segment);
  Position at = from;
  std::optional<std::uint64_t> next = begin(from);
  while (next) {
    if (at.segment != *next) at = {*next, kSegmentHeaderBytes, at.frame};
    next = after(at.segment);
    if (const Status s = read(at, stretch(at.segment, next, until)); !s.ok()) return s;
    found_.end = at;
    if (until && until->segment == at.segment) break;
    if (next) continue;
    next = behind_gap(at.segment);
    if (!next) break;
    const std::uint64_t gone = known_.at(*next).header.before;
    damage(gone, missing(gone));
  }
  if (!until) judge_the_rest();
  return Status::OK();
}

// Segments that are not part of the log: what they hold was never acknowledged, where the log goes on behind
// them.
void LogReplay::judge_the_rest() {
  for (const std::uint64_t number : unreadable_) {
    if (found_.damaged.contains(number)) continue;
    if (number > found_.end.segment)
      damage(number, missing(number));
    else
      found_.notes.push_back(segment_name(number) + ": the header is damaged, but it is not needed");
    found_.damaged.insert(number);
  }
  found_.unreadable = unreadable_;
}

}  // namespace millrace::storage
