// What is in a zip archive of a function or a layer, and whether it can be unpacked: found out when it is
// uploaded, so that no invocation fails for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::lambda {

inline constexpr std::uint64_t kMaxZippedBytes = 52428800, kMaxUnzippedBytes = 262144000;
// Entries, and the files and directories that they stand for: "a/b/c" is three. More cost more to make than
// to run.
inline constexpr std::int64_t kMaxZipEntries = 100'000;

// unusable: an entry cannot be unpacked, or must not be.
enum class ZipState { good, unreadable, empty, too_large_unzipped, unusable };
struct ZipContent {
  ZipState state;
  std::uint64_t unpacked_bytes = 0;
  std::string wrong;  // of `unusable`: what, in words
};

// Unpacks the archive to nowhere. Blocks for about a second for the largest that is good; what is larger is
// refused as soon as that is known.
[[nodiscard]] ZipContent inspect_zip(const std::string& bytes);

// Whether the entries of these names stand for more than kMaxZipEntries files and directories. A name that
// ends in '/' is a directory's.
[[nodiscard]] bool too_many_paths(const std::vector<std::string>& names);

// Whether an entry of this name stays within the directory that the archive is unpacked to.
[[nodiscard]] bool stays_inside(std::string_view entry_name);

}  // namespace millrace::lambda
