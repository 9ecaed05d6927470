// The header of a stored block, for engines; record_batch.h draws it.
#pragma once

#include "storage/clock.h"
#include "storage/record_batch.h"

namespace millrace::storage {

// Completes the header of a block that begins at `block`, which is zero but for the records behind it.
inline void write_block_header(char* block, std::uint32_t count, Index first, Time arrival) {
  const std::int64_t ms = arrival.time_since_epoch().count();
  block[0] = 1;
  std::memcpy(block + 4, &count, sizeof count);
  std::memcpy(block + 8, &first.value, sizeof first.value);
  std::memcpy(block + 16, &ms, sizeof ms);
}

}  // namespace millrace::storage
