// The Kinesis spelling of a record's index. As 47 hex digits (kinesalite's recordings of AWS):
//   '2' | shard creation second (9) | low hex digit of the shard number (1) | index (16) | "00"
//       | arrival second (9) | shard number (8) | '2'
// "01" stands in a number that lies behind a record and before the next: where a subscription goes on.
// written as a decimal number of 56 digits, so that sorting as numbers is sorting by (creation, index).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/clock.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

struct SequenceNumber {
  std::uint64_t created_s = 0;  // when the shard was
  std::uint64_t number = 0;     // 0 is the shard's start; the record at index i has i + 1
  std::uint64_t arrival_s = 0;
  std::uint32_t shard = 0;
  bool behind = false;  // the record of that number, which itself has another

  [[nodiscard]] std::string text() const;
};

// What closed shards end with.
inline constexpr std::uint64_t kLastNumber = 0x7fffffffffffffffu;

// nullopt when the text is no number that `text()` could have made.
[[nodiscard]] std::optional<SequenceNumber> parse_sequence_number(std::string_view text);

// What AWS reads out of any sequence number that a client gives it, also of those of its older versions
// (kinesalite, db/index.js).
struct ReadSequenceNumber {
  int version = 0;  // 0 to 2
  std::int64_t shard = 0;
  std::uint64_t created_s = 0, arrival_s = 0;  // version 0 has no arrival

  [[nodiscard]] std::string shard_id() const;
};
inline constexpr int kSequenceNumberVersion = 2;  // of those that are given out
// nullopt for what AWS refuses to read. The text is decimal digits.
[[nodiscard]] std::optional<ReadSequenceNumber> read_sequence_number(std::string_view text);

// Spells the numbers of consecutive records, which arrived together: one long division, then additions.
class SequenceNumbers {
 public:
  static constexpr std::size_t kDigits = 56;

  SequenceNumbers() = default;
  explicit SequenceNumbers(const SequenceNumber& first);
  // Writes kDigits characters at `out` and moves on to the next record. Returns the end.
  char* write_next(char* out);

 private:
  std::array<std::uint64_t, 3> limbs_{};  // base 10^19, most significant first
};

[[nodiscard]] SequenceNumber sequence_number(std::uint64_t shard_created_s, std::uint32_t shard,
                                             storage::Index index, Time arrival);

// Spells the numbers of records of a shard as they are read, in order. Between them may be indexes without a
// record: those that an engine does not give out, and those of damaged blocks.
class ReadNumbers {
 public:
  ReadNumbers(std::uint64_t shard_created_s, std::uint32_t shard)
      : created_s_(shard_created_s), shard_(shard) {}
  // As SequenceNumbers::write_next.
  char* write(storage::Index index, Time arrival, char* out) {
    if (index != next_ || arrival != arrival_)
      numbers_ = SequenceNumbers(sequence_number(created_s_, shard_, index, arrival));
    next_ = index + 1;
    arrival_ = arrival;
    return numbers_.write_next(out);
  }

 private:
  std::uint64_t created_s_;
  std::uint32_t shard_;
  std::optional<storage::Index> next_;
  Time arrival_{};
  SequenceNumbers numbers_;
};

// Spells the numbers of the records of an append in the order of its batch, one run after the other. The
// append outlives it.
class AppendedNumbers {
 public:
  AppendedNumbers(std::uint64_t shard_created_s, std::uint32_t shard, const storage::Appended& appended)
      : created_s_(shard_created_s), shard_(shard), runs_(appended.runs) {}
  // As SequenceNumbers::write_next. Called at most once for each record of the append.
  char* write_next(char* out);

 private:
  std::uint64_t created_s_;
  std::uint32_t shard_;
  std::span<const storage::Run> runs_;  // those that are not begun
  std::uint32_t left_ = 0;              // of the one that is
  SequenceNumbers numbers_;
};

}  // namespace millrace::kinesis
