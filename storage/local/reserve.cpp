#include "storage/local/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>

namespace millrace::storage {

namespace fs = std::filesystem;

void Reserve::release() {
  const std::lock_guard lock(mutex_);
  std::error_code failed;
  if (bytes_ > 0) fs::remove(file_, failed);
}

bool Reserve::is_short() {
  const std::lock_guard lock(mutex_);
  if (bytes_ == 0 || is_held()) return false;
  if (free_bytes() < wanted_bytes()) return true;
  const int file = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool taken = file >= 0 && ::posix_fallocate(file, 0, static_cast<off_t>(bytes_)) == 0;
  if (file >= 0) ::close(file);
  std::error_code failed;
  if (!taken) fs::remove(file_, failed);
  // The disk has room, whatever kept the file from being made.
  return false;
}

// As it was allocated: a file that was copied or cut holds less.
bool Reserve::is_held() const {
  struct stat status {};
  return ::stat(file_.c_str(), &status) == 0 && static_cast<std::uint64_t>(status.st_blocks) * 512 >= bytes_;
}

std::uint64_t Reserve::free_bytes() const {
  std::error_code failed;
  const auto space = fs::space(file_.parent_path(), failed);
  return failed ? std::numeric_limits<std::uint64_t>::max() : space.available;
}

}  // namespace millrace::storage
