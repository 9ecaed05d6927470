#include "storage/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace millrace::storage {

namespace fs = std::filesystem;

File::File(const fs::path& path, int flags, mode_t mode)
    : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int File::release() { return std::exchange(descriptor_, -1); }

Error error_of(int code, const std::string& what) {
  const Errc kind = code == ENOENT                                      ? Errc::not_found
                    : code == ENOSPC || code == EDQUOT || code == EROFS ? Errc::read_only
                                                                        : Errc::io;
  return {kind, what + ": " + std::strerror(code)};
}

Error last_error(const fs::path& path) { return error_of(errno, path.string()); }

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<std::string> read_file(const fs::path& path) {
  const File file(path, O_RDONLY);
  if (!file) return last_error(path);
  std::string bytes;
  char piece[16 << 10];
  for (;;) {
    const ssize_t n = ::read(file.get(), piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return last_error(path);
    if (n == 0) return bytes;
    bytes.append(piece, static_cast<std::size_t>(n));
  }
}

namespace {

// The name of a directory that exists may be one that nobody could sync: its parent may be closed to this
// user, or on another, read-only file system.
Result<void> sync_existing(const fs::path& parent) {
  const File open(parent, O_RDONLY | O_DIRECTORY);
  if (open && ::fsync(open.get()) != 0 && errno == EIO) return last_error(parent);
  return {};
}

}  // namespace

Result<void> make_directory(const fs::path& path, Durable durable) {
  fs::path parent = (path.has_filename() ? path : path.parent_path()).parent_path();
  if (parent.empty()) parent = ".";
  int made = ::mkdir(path.c_str(), 0700);
  if (made != 0 && errno == ENOENT) {
    if (Result<void> above = make_directory(parent, durable); !above) return above;
    made = ::mkdir(path.c_str(), 0700);
  }
  if (made == 0) return durable == Durable::yes ? sync_names(parent) : Result<void>();
  const Error failed = last_error(path);
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return failed;
  return durable == Durable::yes ? sync_existing(parent) : Result<void>();
}

Result<void> write_file(const fs::path& path, std::string_view bytes, Durable durable) {
  const fs::path unfinished = path.string() + ".new";
  ::unlink(unfinished.c_str());
  const auto fail = [&] {
    const Error error = last_error(path);
    ::unlink(unfinished.c_str());
    return error;
  };
  const File out(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  if (!out) return last_error(path);
  if (!write_all(out.get(), bytes)) return fail();
  if (durable == Durable::yes && ::fsync(out.get()) != 0) return fail();
  if (::rename(unfinished.c_str(), path.c_str()) != 0) return fail();
  if (durable == Durable::no) return {};
  return sync_names(path.has_parent_path() ? path.parent_path() : ".");
}

Result<void> sync_names(const fs::path& directory) {
  const File open(directory, O_RDONLY | O_DIRECTORY);
  if (!open || ::fsync(open.get()) != 0) return last_error(directory);
  return {};
}

}  // namespace millrace::storage
