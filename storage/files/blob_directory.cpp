#include "storage/files/blob_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/files/rows.h"

namespace millrace::storage::files {

namespace {

Error error_of(int code, const std::string& what) {
  const Errc kind = code == ENOSPC || code == EDQUOT || code == EROFS ? Errc::read_only
                    : code == ENOENT                                  ? Errc::not_found
                                                                      : Errc::io;
  return {kind, what + ": " + std::strerror(code)};
}
Error last_error(const std::string& what) { return error_of(errno, what); }

Descriptor own(int descriptor) {
  return {new int(descriptor), [](const int* d) {
            ::close(*d);
            delete d;
          }};
}

Result<Descriptor> open_file(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0) return last_error(path);
  return own(descriptor);
}

Result<void> write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(to, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return last_error("write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

// By reading and writing, where the file system cannot copy by itself.
Result<void> copy_by_hand(int to, const FileRange& from, off_t done) {
  constexpr std::size_t kPiece = 1 << 20;
  auto at = static_cast<std::uint64_t>(done);
  while (at < from.size) {
    const std::size_t size = std::min<std::uint64_t>(kPiece, from.size - at);
    const Result<std::string> piece = read_range(*from.descriptor, from.offset + at, size);
    if (!piece) return piece.error();
    if (Result<void> written = write_all(to, *piece); !written) return written;
    at += size;
  }
  return {};
}

Result<void> copy_range(int to, const FileRange& from) {
  std::uint64_t done = 0;
  while (done < from.size) {
    auto offset = static_cast<off_t>(from.offset + done);
    const std::size_t size = std::min<std::uint64_t>(from.size - done, 1u << 30);
    const ssize_t n = ::copy_file_range(*from.descriptor, &offset, to, nullptr, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP))
      return copy_by_hand(to, from, static_cast<off_t>(done));
    if (n < 0) return last_error("copy_file_range");
    if (n == 0) return Error{Errc::io, "a file is shorter than its row says"};
    done += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<void> sync_directory(const std::string& path) {
  const Result<Descriptor> directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory) return directory.error();
  if (::fsync(**directory) != 0) return last_error("fsync " + path);
  return {};
}

}  // namespace

Result<std::string> read_range(int descriptor, std::uint64_t offset, std::size_t size) {
  std::string out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t n = ::pread(descriptor, out.data() + have, size - have, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error{Errc::io, std::string("read: ") + std::strerror(errno)};
    if (n == 0) return Error{Errc::io, "a file is shorter than its row says"};
    have += static_cast<std::size_t>(n);
  }
  return out;
}

std::string BlobDirectory::incoming(std::string_view file) const {
  return (dir_ / "incoming" / file).string();
}
std::string BlobDirectory::place_of(std::string_view file) const {
  return (dir_ / file.substr(0, 2) / file).string();
}

Result<void> BlobDirectory::make() {
  std::error_code ec;
  const std::filesystem::path path = dir_ / "incoming";
  const bool made = std::filesystem::create_directories(path, ec);
  if (ec) return error_of(ec.value(), path.string());
  Result<Descriptor> opened = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  incoming_ = std::move(*opened);
  if (made && fsync_)
    for (const std::filesystem::path& parent : {dir_, dir_.parent_path()})
      if (Result<void> synced = sync_directory(parent); !synced) return synced;
  return {};
}

template <class Fill>
Result<std::string> BlobDirectory::write_new(Fill fill) const {
  std::string file = new_id();
  const std::string path = incoming(file);
  const Result<Descriptor> opened = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!opened) return opened.error();
  Result<void> done = fill(**opened);
  if (done && fsync_ && ::fsync(**opened) != 0) done = last_error("fsync " + path);
  if (done && fsync_ && ::fsync(*incoming_) != 0) done = last_error("fsync of the directory of " + path);
  if (!done) {
    ::unlink(path.c_str());
    return done.error();
  }
  return file;
}

Result<std::string> BlobDirectory::write(std::string_view bytes) const {
  return write_new([bytes](int to) { return write_all(to, bytes); });
}

Result<std::string> BlobDirectory::write(const FileRange& piece) const {
  return write_new([&piece](int to) { return copy_range(to, piece); });
}

Result<std::string> BlobDirectory::join(std::span<const Whole> files) const {
  return write_new([this, files](int to) -> Result<void> {
    for (const Whole& whole : files) {
      const Result<Descriptor> from = open(whole.file);
      if (!from) return Error{Errc::corrupt, from.error().detail};
      if (Result<void> copied = copy_range(to, {*from, 0, whole.size}); !copied) return copied;
    }
    return {};
  });
}

// Its directory is made by the first file that goes there.
Result<void> BlobDirectory::place(std::string_view file) const {
  const std::string from = incoming(file), to = place_of(file);
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  const std::string directory = to.substr(0, to.rfind('/'));
  if (errno != ENOENT || (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST))
    return last_error("rename " + from);
  if (fsync_)
    if (Result<void> synced = sync_directory(dir_); !synced) return synced;
  if (::rename(from.c_str(), to.c_str()) != 0) return last_error("rename " + from);
  return {};
}

// A file moves once, from the first place to the second, so that looking there again finds it.
Result<Descriptor> BlobDirectory::open(std::string_view file) const {
  for (const std::string& path : {place_of(file), incoming(file)}) {
    Result<Descriptor> opened = open_file(path, O_RDONLY);
    if (opened || opened.error().code != Errc::not_found) return opened;
  }
  return open_file(place_of(file), O_RDONLY);
}

void BlobDirectory::remove(std::string_view file) const {
  {
    const std::lock_guard lock(mutex_);
    if (holds_ > 0) {
      held_.emplace_back(file);
      return;
    }
  }
  unlink(file);
}

BlobDirectory::Hold::Hold(const BlobDirectory& directory) : directory_(directory) {
  const std::lock_guard lock(directory_.mutex_);
  ++directory_.holds_;
}

BlobDirectory::Hold::~Hold() {
  std::vector<std::string> removed;
  {
    const std::lock_guard lock(directory_.mutex_);
    if (--directory_.holds_ == 0) removed.swap(directory_.held_);
  }
  for (const std::string& file : removed) directory_.unlink(file);
}

Result<Copied> BlobDirectory::copy(const std::filesystem::path& to) const {
  std::error_code failed;
  std::filesystem::create_directory(to, failed);
  if (failed) return Error{Errc::io, to.string() + ": " + failed.message()};
  // Those on their way first: one that gets to its place meanwhile is met there.
  auto copied = copy_directory(dir_ / "incoming", to / "incoming");
  if (!copied) return copied;
  for (const auto& place : std::filesystem::directory_iterator(dir_, failed)) {
    if (!place.is_directory() || place.path().filename() == "incoming") continue;
    const auto more = copy_directory(place.path(), to / place.path().filename());
    if (!more) return more;
    *copied += *more;
  }
  return copied;
}

void BlobDirectory::unlink(std::string_view file) const {
  if (::unlink(place_of(file).c_str()) != 0) ::unlink(incoming(file).c_str());
}

Result<void> BlobDirectory::for_each_incoming(const std::function<void(const std::string&)>& visit) const {
  const std::string path = (dir_ / "incoming").string();
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
  if (!directory) return last_error(path);
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (!entry) break;
    if (const std::string name = entry->d_name; name.size() == kIdBytes) visit(name);
  }
  if (errno != 0) return last_error(path);
  return {};
}

}  // namespace millrace::storage::files
