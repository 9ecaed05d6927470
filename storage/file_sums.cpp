#include "storage/file_sums.h"

#define XXH_INLINE_ALL
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "storage/base/bytes.h"
#include "storage/base/files.h"

namespace millrace::storage {
namespace {

constexpr std::string_view kMagic = "MILLSUM1";
constexpr std::size_t kEntryBytes = 16;

std::uint64_t sum_of(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

struct Closer {
  std::shared_ptr<const FileSums> sums;
  void operator()(const int* descriptor) const {
    ::close(*descriptor);
    delete descriptor;
  }
};

}  // namespace

Result<std::string> read_range(int descriptor, std::uint64_t offset, std::size_t size) {
  std::string out(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t n = ::pread(descriptor, out.data() + have, size - have, static_cast<off_t>(offset + have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error{Errc::io, std::string("read: ") + std::strerror(errno)};
    if (n == 0) return Error{Errc::io, "the file of an object is too short"};
    have += static_cast<std::size_t>(n);
  }
  return out;
}

Result<std::shared_ptr<FileSums>> FileSums::load(int descriptor, std::uint64_t size) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return error_of(errno, "stat");
  const auto all = static_cast<std::uint64_t>(info.st_size);
  if (all == size) return std::shared_ptr<FileSums>();
  const Error damaged{Errc::corrupt, "the checksums of the file of an object are damaged"};
  if (all < size) return Error{Errc::corrupt, "the file of an object is too short"};
  const std::uint64_t rest = all - size;
  if (rest < kMagic.size() || (rest - kMagic.size()) % kEntryBytes != 0 ||
      (rest - kMagic.size()) / kEntryBytes > size)
    return damaged;
  const Result<std::string> table = read_range(descriptor, size, rest);
  if (!table) return table.error();
  if (!table->ends_with(kMagic)) return damaged;
  auto sums = std::make_shared<FileSums>();
  for (std::size_t at = 0; at + kEntryBytes <= table->size(); at += kEntryBytes) {
    const auto bytes = get<std::uint32_t>(*table, at);
    if (bytes == 0 || bytes > kWindow) return damaged;
    sums->push(bytes, get<std::uint64_t>(*table, at + 8));
  }
  if (sums->size() != size) return damaged;
  sums->checked_ = std::make_unique<std::atomic<bool>[]>(sums->windows_.size());
  return sums;
}

std::string FileSums::table() const {
  std::string out;
  out.reserve(windows_.size() * kEntryBytes + kMagic.size());
  for (const Window& w : windows_) {
    put(out, w.size);
    put(out, std::uint32_t{0});
    put(out, w.sum);
  }
  return out.append(kMagic);
}

void FileSums::push(std::uint32_t size, std::uint64_t sum) { windows_.push_back({this->size(), size, sum}); }

void FileSums::add(std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kWindow))) {
    const std::string_view window = bytes.substr(0, kWindow);
    push(static_cast<std::uint32_t>(window.size()), sum_of(window));
  }
}

void FileSums::add(const FileSums& other) {
  for (const Window& w : other.windows_) push(w.size, w.sum);
}

std::size_t FileSums::window_of(std::uint64_t offset) const {
  const auto at = std::upper_bound(windows_.begin(), windows_.end(), offset,
                                   [](std::uint64_t o, const Window& w) { return o < behind(w); });
  return static_cast<std::size_t>(at - windows_.begin());
}

bool FileSums::checked(std::uint64_t offset, std::uint64_t size) const {
  for (std::size_t i = window_of(offset); i < windows_.size() && windows_[i].offset < offset + size; ++i)
    if (!checked_[i]) return false;
  return true;
}

Result<std::string> FileSums::window(int descriptor, std::size_t number) const {
  const Window& w = windows_[number];
  Result<std::string> bytes = read_range(descriptor, w.offset, w.size);
  if (bytes && sum_of(*bytes) == w.sum) {
    checked_[number] = true;
    return bytes;
  }
  checked_[number] = false;
  if (!bytes) return bytes;
  const std::string detail = "bytes " + std::to_string(w.offset) + " to " + std::to_string(behind(w) - 1) +
                             " do not match their checksum";
  if (listener_ && !told_.exchange(true)) listener_(detail);
  return Error{Errc::corrupt, "the file of an object is damaged: " + detail};
}

Result<void> FileSums::check(int descriptor, std::uint64_t offset, std::uint64_t size) const {
  for (std::size_t i = window_of(offset); i < windows_.size() && windows_[i].offset < offset + size; ++i)
    if (const auto bytes = window(descriptor, i); !bytes) return bytes.error();
  return {};
}

Result<std::string> FileSums::read(int descriptor, std::uint64_t offset, std::uint64_t size) const {
  std::string out;
  out.reserve(size);
  for (std::size_t i = window_of(offset); i < windows_.size() && out.size() < size; ++i) {
    const auto bytes = window(descriptor, i);
    if (!bytes) return bytes.error();
    const std::uint64_t skipped = offset + out.size() - windows_[i].offset;
    out.append(*bytes, skipped, size - out.size());
  }
  if (out.size() < size) return Error{Errc::io, "the file of an object is too short"};
  return out;
}

Descriptor own_descriptor(int descriptor, std::shared_ptr<const FileSums> sums) {
  return {new int(descriptor), Closer{std::move(sums)}};
}

const FileSums* sums_of(const Descriptor& descriptor) {
  const Closer* closer = std::get_deleter<Closer>(descriptor);
  return closer ? closer->sums.get() : nullptr;
}

}  // namespace millrace::storage
