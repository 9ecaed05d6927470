// The files of a directory, and a zip archive of them.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace millrace {

// The files that belong into an archive, by their path within the directory, with what changes when they do.
using Snapshot = std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>>;

// Leaves out what never belongs there: .git, __pycache__, .pyc. Throws std::filesystem::filesystem_error.
[[nodiscard]] Snapshot snapshot_of(const std::filesystem::path& directory);

// The bytes of an archive of these files, with their modes; the same files make the same bytes. Throws
// std::runtime_error when one cannot be read.
[[nodiscard]] std::string zip_of(const std::filesystem::path& directory, const Snapshot& files);

}  // namespace millrace
