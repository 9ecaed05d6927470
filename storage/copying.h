// Copies of files, for backups.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>

#include "storage/result.h"

namespace millrace::storage {

// The amount of copied data.
struct Copied {
  std::uint64_t files = 0, bytes = 0;
  Copied& operator+=(const Copied& more) {
    files += more.files;
    bytes += more.bytes;
    return *this;
  }
};

// Copies a file with its permissions, or at most its first `most` bytes, and syncs the copy. `to` must not
// exist. Errors: not_found, read_only (the disk is full), io; io also if `stop` is requested.
[[nodiscard]] Result<Copied> copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                                       std::optional<std::uint64_t> most = std::nullopt,
                                       const std::stop_token& stop = {});

// Copies a directory recursively. Creates `to` if it does not exist, and skips files that exist in it. Files
// that are deleted meanwhile are left out. Errors as above.
[[nodiscard]] Result<Copied> copy_directory(const std::filesystem::path& from,
                                            const std::filesystem::path& to,
                                            const std::stop_token& stop = {});

}  // namespace millrace::storage
