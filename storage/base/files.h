// Files and directories of the data directory: open, write and make them so that they survive a power loss.
// What is made here is its owner's alone: directories 0700, files 0600.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "storage/result.h"

namespace millrace::storage {

// An open file, closed at the end of its life. False when it could not be opened; errno says why.
class File {
 public:
  File(const std::filesystem::path& path, int flags, mode_t mode = 0600);
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File();
  File(const File&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }
  // Gives the descriptor away.
  [[nodiscard]] int release();
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

// What errno (or `code`) says of `what`: not_found, read_only (no room, or a read-only file system), io.
[[nodiscard]] Error error_of(int code, const std::string& what);
[[nodiscard]] Error last_error(const std::filesystem::path& path);

// Writes all bytes. False with errno set.
[[nodiscard]] bool write_all(int descriptor, std::string_view bytes);

// All bytes of a file. Errors: not_found, io.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

// Whether a call returns only when its work would survive a power loss.
enum class Durable : bool { no, yes };

// Makes the directory, and those above it that are missing. A directory that exists is synced again: an
// earlier attempt may have failed between the two steps. Errors: read_only, io.
[[nodiscard]] Result<void> make_directory(const std::filesystem::path& path, Durable durable = Durable::yes);

// Puts a file in its place, complete or not at all; replaces one of that name. While it is written it is
// called `path`.new. Errors: read_only, not_found (no such directory), io.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, std::string_view bytes,
                                      Durable durable = Durable::yes);

// Syncs the names in a directory. Errors: not_found, io.
[[nodiscard]] Result<void> sync_names(const std::filesystem::path& directory);

}  // namespace millrace::storage
