// The Kinesis spelling of a record's index. As 47 hex digits (kinesalite's recordings of AWS):
//   '2' | shard creation second (9) | low hex digit of the shard number (1) | index (16) | "00"
//       | arrival second (9) | shard number (8) | '2'
// "01" stands in a number that lies behind a record and before the next: where a subscription goes on.
// written as a decimal number of 56 digits, so that sorting as numbers is sorting by (creation, index).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/clock.h"
#include "storage/record_batch.h"

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

// Spells the numbers of consecutive records, which arrived together: one long division, then additions.
class SequenceNumbers {
 public:
  static constexpr std::size_t kDigits = 56;

  explicit SequenceNumbers(const SequenceNumber& first);
  // Writes kDigits characters at `out` and moves on to the next record. Returns the end.
  char* write_next(char* out);

 private:
  std::array<std::uint64_t, 3> limbs_{};  // base 10^19, most significant first
};

[[nodiscard]] SequenceNumber sequence_number(std::uint64_t shard_created_s, std::uint32_t shard,
                                             storage::Index index, Time arrival);

}  // namespace millrace::kinesis
