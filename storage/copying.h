// Copies of files, for backups.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "storage/result.h"

namespace millrace::storage {

// What was copied.
struct Copied {
  std::uint64_t files = 0, bytes = 0;
  Copied& operator+=(const Copied& more) {
    files += more.files;
    bytes += more.bytes;
    return *this;
  }
};

// Copies a file, with its permissions, and has the copy on disk; at most its first `most` bytes. `to` is new.
// Errors: not_found, read_only (the disk is full), io.
[[nodiscard]] Result<Copied> copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                                       std::optional<std::uint64_t> most = std::nullopt);

// Copies a directory and all that is in it, but for files that are in `to` already; which is made if it is
// not there. What goes away meanwhile is left out. Errors as above.
[[nodiscard]] Result<Copied> copy_directory(const std::filesystem::path& from,
                                            const std::filesystem::path& to);

// Has the names in a directory on disk.
[[nodiscard]] Result<void> sync_names(const std::filesystem::path& directory);

}  // namespace millrace::storage
