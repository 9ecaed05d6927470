#include "storage/files/blob_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/base/files.h"
#include "storage/files/rows.h"

namespace millrace::storage::files {

namespace {

// Sums that are kept of files that were opened lately, and of how many bytes such a file is at most.
constexpr std::size_t kKeptSums = 1024;
constexpr std::uint64_t kKeptSumsBytes = 256 * FileSums::kWindow;

Result<int> open_raw(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (descriptor < 0) return error_of(errno, path);
  return descriptor;
}

Result<Descriptor> open_file(const std::string& path, int flags) {
  const Result<int> descriptor = open_raw(path, flags);
  if (!descriptor) return descriptor.error();
  return own_descriptor(*descriptor);
}

Error last_error(const std::string& what) { return error_of(errno, what); }

Result<void> write_bytes(int to, std::string_view bytes) {
  if (!write_all(to, bytes)) return last_error("write");
  return {};
}

// By reading and writing, which checks the bytes; `each` is called with them.
Result<void> copy_by_hand(int to, const FileRange& from, std::uint64_t done,
                          const std::function<void(std::string_view)>& each = {}) {
  const FileSums* const sums = sums_of(from.descriptor);
  for (std::uint64_t at = done; at < from.size;) {
    const std::size_t size = std::min<std::uint64_t>(FileSums::kWindow, from.size - at);
    const Result<std::string> piece = sums ? sums->read(*from.descriptor, from.offset + at, size)
                                           : read_range(*from.descriptor, from.offset + at, size);
    if (!piece) return piece.error();
    if (Result<void> written = write_bytes(to, *piece); !written) return written;
    if (each) each(*piece);
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
      return copy_by_hand(to, from, done);
    if (n < 0) return last_error("copy_file_range");
    if (n == 0) return Error{Errc::io, "the file of an object is too short"};
    done += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<void> write_sums(int to, const FileSums& sums) {
  return sums.size() > 0 ? write_bytes(to, sums.table()) : Result<void>();
}

}  // namespace

std::string BlobDirectory::incoming(std::string_view file) const {
  return (dir_ / "incoming" / file).string();
}
std::string BlobDirectory::place_of(std::string_view file) const {
  return (dir_ / file.substr(0, 2) / file).string();
}

Result<void> BlobDirectory::make() {
  const std::filesystem::path path = dir_ / "incoming";
  for (const std::filesystem::path& directory : {dir_, path})
    if (Result<void> made = make_directory(directory, fsync_ ? Durable::yes : Durable::no); !made)
      return made;
  Result<Descriptor> opened = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!opened) return opened.error();
  incoming_ = std::move(*opened);
  return {};
}

Result<BlobDirectory::NewFile> BlobDirectory::create() const {
  std::string file = new_id();
  Result<Descriptor> opened = open_file(incoming(file), O_WRONLY | O_CREAT | O_EXCL);
  if (!opened) return opened.error();
  return NewFile{std::move(file), std::move(*opened)};
}

Result<void> BlobDirectory::append(const NewFile& file, std::string_view bytes) {
  return write_bytes(*file.descriptor, bytes);
}

Result<void> BlobDirectory::append(const NewFile& file, const FileSums& sums) {
  return write_sums(*file.descriptor, sums);
}

Result<void> BlobDirectory::finish(const NewFile& file) const {
  if (fsync_ && ::fsync(*file.descriptor) != 0) return last_error("fsync " + incoming(file.name));
  if (fsync_ && ::fsync(*incoming_) != 0)
    return last_error("fsync of the directory of " + incoming(file.name));
  return {};
}

template <class Fill>
Result<std::string> BlobDirectory::write_new(Fill fill) const {
  Result<NewFile> file = create();
  if (!file) return file.error();
  Result<void> done = fill(*file->descriptor);
  if (done) done = finish(*file);
  if (!done) {
    ::unlink(incoming(file->name).c_str());
    return done.error();
  }
  return std::move(file->name);
}

Result<std::string> BlobDirectory::write(std::string_view bytes) const {
  return write_new([bytes](int to) -> Result<void> {
    if (Result<void> written = write_bytes(to, bytes); !written) return written;
    FileSums sums;
    sums.add(bytes);
    return write_sums(to, sums);
  });
}

Result<std::string> BlobDirectory::write(const FileRange& piece) const {
  return write_new([&piece](int to) -> Result<void> {
    FileSums sums;
    const auto add = [&](std::string_view bytes) { sums.add(bytes); };
    if (Result<void> copied = copy_by_hand(to, piece, 0, add); !copied) return copied;
    return write_sums(to, sums);
  });
}

Result<std::string> BlobDirectory::join(std::span<const Whole> files) const {
  return write_new([this, files](int to) -> Result<void> {
    FileSums sums;
    for (const Whole& whole : files) {
      const Result<Descriptor> from = open(whole.file, whole.size, {});
      if (!from) return Error{Errc::corrupt, from.error().detail};
      if (const FileSums* known = sums_of(*from)) {
        sums.add(*known);
        if (Result<void> copied = copy_range(to, {*from, 0, whole.size}); !copied) return copied;
      } else {
        const auto add = [&](std::string_view bytes) { sums.add(bytes); };
        if (Result<void> copied = copy_by_hand(to, {*from, 0, whole.size}, 0, add); !copied) return copied;
      }
    }
    return write_sums(to, sums);
  });
}

// Its directory is made, and synced, by the first file that goes there: without that, the file would go with
// it.
Result<void> BlobDirectory::place(std::string_view file) const {
  const std::string from = incoming(file), to = place_of(file);
  std::atomic<bool>& ready = ready_[std::stoul(std::string(file.substr(0, 2)), nullptr, 16)];
  if (!ready) {
    const std::string directory = to.substr(0, to.rfind('/'));
    if (Result<void> made = make_directory(directory, fsync_ ? Durable::yes : Durable::no); !made)
      return made;
    ready = true;
  }
  if (::rename(from.c_str(), to.c_str()) != 0) return last_error("rename " + from);
  return {};
}

// A file moves once, from the first place to the second, so that looking there again finds it.
Result<int> BlobDirectory::open_only(std::string_view file) const {
  for (const std::string& path : {place_of(file), incoming(file)}) {
    Result<int> opened = open_raw(path, O_RDONLY);
    if (opened || opened.error().code != Errc::not_found) return opened;
  }
  return open_raw(place_of(file), O_RDONLY);
}

Result<std::shared_ptr<const FileSums>> BlobDirectory::sums(std::string_view file, int descriptor,
                                                            std::uint64_t size,
                                                            const Damaged& damaged) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = sums_.find(file); known != sums_.end()) return known->second;
  }
  auto loaded = FileSums::load(descriptor, size);
  if (!loaded) return loaded.error();
  if (!*loaded) return std::shared_ptr<const FileSums>();
  (*loaded)->listen(damaged);
  const std::shared_ptr<const FileSums> sums = std::move(*loaded);
  if (!damaged || size > kKeptSumsBytes) return sums;
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = sums_.try_emplace(std::string(file), sums);
  if (!is_new) return at->second;
  loaded_.emplace_back(file);
  if (loaded_.size() > kKeptSums) {
    sums_.erase(loaded_.front());
    loaded_.pop_front();
  }
  return sums;
}

Result<Descriptor> BlobDirectory::open(std::string_view file, std::uint64_t size,
                                       const Damaged& damaged) const {
  const Result<int> opened = open_only(file);
  if (!opened) return opened.error();
  File descriptor(*opened);
  auto checks = sums(file, descriptor.get(), size, damaged);
  if (!checks) {
    if (checks.error().code == Errc::corrupt && damaged) damaged(checks.error().detail);
    return checks.error();
  }
  return own_descriptor(descriptor.release(), std::move(*checks));
}

void BlobDirectory::remove(std::string_view file) const {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = sums_.find(file); known != sums_.end()) {
      sums_.erase(known);
      std::erase(loaded_, file);
    }
    if (holds_ > 0) {
      held_.emplace_back(file);
      return;
    }
  }
  unlink(file);
}

BlobDirectory::RemovalPause::RemovalPause(const BlobDirectory& directory) : directory_(directory) {
  const std::lock_guard lock(directory_.mutex_);
  ++directory_.holds_;
}

BlobDirectory::RemovalPause::~RemovalPause() {
  std::vector<std::string> removed;
  {
    const std::lock_guard lock(directory_.mutex_);
    if (--directory_.holds_ == 0) removed.swap(directory_.held_);
  }
  for (const std::string& file : removed) directory_.unlink(file);
}

Result<Copied> BlobDirectory::copy(const std::filesystem::path& to, const std::stop_token& stop) const {
  std::error_code failed;
  std::filesystem::create_directory(to, failed);
  if (failed) return Error{Errc::io, to.string() + ": " + failed.message()};
  // Those on their way first: one that gets to its place meanwhile is met there.
  auto copied = copy_directory(dir_ / "incoming", to / "incoming", stop);
  if (!copied) return copied;
  for (const auto& place : std::filesystem::directory_iterator(dir_, failed)) {
    if (!place.is_directory() || place.path().filename() == "incoming") continue;
    const auto more = copy_directory(place.path(), to / place.path().filename(), stop);
    if (!more) return more;
    *copied += *more;
  }
  if (Result<void> synced = sync_names(to); !synced) return synced.error();
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
