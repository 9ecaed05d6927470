#include "server/net/file_reads.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "api/core/uninitialized.h"
#include "storage/base/on_pool.h"

namespace millrace::net {

namespace asio = boost::asio;

namespace {

// Larger than MemoryBudget::kSmall, so that no small request waits for a file's pieces.
constexpr std::size_t kPieceBytes = 128 << 10;
constexpr std::uint64_t kLooks = 8;

// Bytes that were read without waiting for the disk; 0 also when the file system cannot tell.
std::size_t read_cached(int descriptor, std::uint64_t offset, char* to, std::size_t size) {
  const iovec where{to, size};
  const ssize_t n = ::preadv2(descriptor, &where, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

bool read_all(int descriptor, std::uint64_t offset, char* to, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::pread(descriptor, to, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    offset += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool is_cached(int descriptor, std::uint64_t offset, std::uint64_t size) {
  char byte = 0;
  const std::uint64_t step = FileReads::kWindow / kLooks;
  for (std::uint64_t at = 0; at < size; at += step)
    if (read_cached(descriptor, offset + at, &byte, 1) == 0) return false;
  return read_cached(descriptor, offset + size - 1, &byte, 1) == 1;
}

}  // namespace

asio::awaitable<bool> FileReads::read(std::shared_ptr<const int> descriptor, std::uint64_t offset, char* to,
                                      std::size_t size) {
  const std::size_t n = read_cached(*descriptor, offset, to, size);
  if (n == size) co_return true;
  auto rest = [file = std::move(descriptor), offset = offset + n, to = to + n, size = size - n] {
    return read_all(*file, offset, to, size);
  };
  co_return co_await on_pool(pool_, std::move(rest));
}

asio::awaitable<bool> FileReads::load(std::shared_ptr<const int> descriptor, std::uint64_t offset,
                                      std::uint64_t size) {
  const storage::FileSums* const sums = storage::sums_of(descriptor);
  if (size == 0) co_return true;
  if (is_cached(*descriptor, offset, size) && (!sums || sums->checked(offset, size))) co_return true;
  if (sums) {
    auto check = [file = std::move(descriptor), offset, size] {
      return bool(storage::sums_of(file)->check(*file, offset, size));
    };
    co_return co_await on_pool(pool_, std::move(check));
  }
  auto touch = [file = std::move(descriptor), offset, size] {
    std::string scratch;
    resize_uninitialized(scratch, std::min<std::uint64_t>(size, kPieceBytes));
    for (std::uint64_t at = 0; at < size; at += scratch.size())
      if (!read_all(*file, offset + at, scratch.data(), std::min<std::uint64_t>(scratch.size(), size - at)))
        return false;
    return true;
  };
  co_return co_await on_pool(pool_, std::move(touch));
}

asio::awaitable<std::optional<std::string>> FileStream::next() {
  held_ = {};
  if (part_.size == 0) co_return std::nullopt;
  const std::size_t size = std::min<std::uint64_t>(part_.size, kPieceBytes);
  held_ = co_await reserve_answer(memory_, size);
  std::string piece;
  resize_uninitialized(piece, size);
  if (!co_await reads_.load(part_.descriptor, part_.offset, size) ||
      !co_await reads_.read(part_.descriptor, part_.offset, piece.data(), size))
    throw std::runtime_error("the file of an object is damaged or cannot be read");
  part_.offset += size;
  part_.size -= size;
  co_return piece;
}

void stream_file(FileReads& reads, HttpResponse& response, std::shared_ptr<Memory> memory) {
  auto* const file = std::get_if<FilePart>(&response.body);
  if (!file) return;
  if (!response.head_length) response.head_length = file->size;
  response.body = std::make_unique<FileStream>(reads, std::move(*file), std::move(memory));
}

}  // namespace millrace::net
