// A note of the newest segment that holds commits, in the file `newest-segment` beside the directory of the
// segments: when that segment's own file is missing at a start, nothing else says that it was there. It may
// lag: it is written soon after the first commit of a segment.
//
//   file := "MILLNEW1" | number u64 | synced u64 (1, or 0) | checksum u64, of what is before it;
//           little-endian
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "storage/base/files.h"

namespace millrace::storage {

struct NewestSegment {
  std::uint64_t number = 0;  // 0: there is none
  bool synced = false;       // commits were: a power loss cannot have emptied the file

  // Nothing when there is no note in the log's directory, or it is damaged. Errors: io.
  [[nodiscard]] static Result<std::optional<NewestSegment>> read(const std::filesystem::path& log);
  // Errors: io, read_only.
  [[nodiscard]] Result<void> write(const std::filesystem::path& log) const;
};

}  // namespace millrace::storage
