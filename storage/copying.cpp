#include "storage/copying.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <vector>

#include "storage/base/files.h"

namespace millrace::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 1 << 20;

}  // namespace

Result<Copied> copy_file(const fs::path& from, const fs::path& to, std::optional<std::uint64_t> most,
                         const std::stop_token& stop) {
  const File in(from, O_RDONLY);
  struct stat status {};
  if (!in || ::fstat(in.get(), &status) != 0) return last_error(from);
  const File out(to, O_WRONLY | O_CREAT | O_EXCL, status.st_mode & 0777);
  if (!out) return last_error(to);
  std::vector<char> piece(kPieceBytes);
  Copied copied{1, 0};
  const std::uint64_t limit = most.value_or(std::numeric_limits<std::uint64_t>::max());
  while (copied.bytes < limit) {
    if (stop.stop_requested()) return Error{Errc::io, "cancelled: the server is stopping"};
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), limit - copied.bytes));
    const ssize_t n = ::read(in.get(), piece.data(), wanted);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return last_error(from);
    if (n == 0) break;
    if (!write_all(out.get(), {piece.data(), static_cast<std::size_t>(n)})) return last_error(to);
    copied.bytes += static_cast<std::uint64_t>(n);
  }
  if (::fsync(out.get()) != 0) return last_error(to);
  return copied;
}

Result<Copied> copy_directory(const fs::path& from, const fs::path& to, const std::stop_token& stop) {
  struct stat status {};
  if (::stat(from.c_str(), &status) != 0) return last_error(from);
  if (::mkdir(to.c_str(), status.st_mode & 0777) != 0 && errno != EEXIST) return last_error(to);
  Copied copied;
  std::error_code failed;
  for (fs::directory_iterator at(from, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path target = to / at->path().filename();
    std::error_code gone;
    const fs::file_status what = at->symlink_status(gone);
    if (!fs::is_directory(what) && !fs::is_regular_file(what)) continue;  // a socket, or it went away
    if (!fs::is_directory(what) && fs::exists(target, gone)) continue;
    auto more = fs::is_directory(what) ? copy_directory(at->path(), target, stop)
                                       : storage::copy_file(at->path(), target, std::nullopt, stop);
    if (!more && more.error().code == Errc::not_found) continue;
    if (!more) return more.error();
    copied += *more;
  }
  if (failed) return Error{Errc::io, from.string() + ": " + failed.message()};
  if (Result<void> synced = sync_names(to); !synced) return synced.error();
  return copied;
}

}  // namespace millrace::storage
