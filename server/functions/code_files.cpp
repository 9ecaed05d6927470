#include "server/functions/code_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/lambda/model.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kEnding = ".zip";

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

storage::Error error_of(int code, const char* what, const fs::path& path) {
  const bool full = code == ENOSPC || code == EDQUOT || code == EROFS;
  return {full ? storage::Errc::read_only : storage::Errc::io,
          std::string(what) + " " + path.string() + ": " + std::generic_category().message(code)};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool sync_directory(const fs::path& path) {
  const Descriptor directory(path, O_RDONLY | O_DIRECTORY);
  return directory && ::fsync(directory.get()) == 0;
}

}  // namespace

CodeFiles::CodeFiles(fs::path directory, bool sync, ObjectSource* objects)
    : directory_(std::move(directory)), sync_(sync), objects_(objects) {
  fs::create_directories(directory_);
}

CodeFiles::~CodeFiles() { pool_.join(); }

fs::path CodeFiles::path_of(const std::string& account, const std::string& code_sha256) const {
  const std::string digest = hex(base64_decode(code_sha256).value_or(""));
  return directory_ / account / (digest + std::string(kEnding));
}

asio::awaitable<std::optional<std::string>> CodeFiles::zip_of(std::string account, std::string code_sha256) {
  co_return co_await asio::co_spawn(pool_, read(path_of(account, code_sha256)), asio::use_awaitable);
}

asio::awaitable<storage::Result<void>> CodeFiles::put(std::string account, std::string code_sha256,
                                                      std::string zip) {
  co_return co_await asio::co_spawn(pool_, write(path_of(account, code_sha256), std::move(zip)),
                                    asio::use_awaitable);
}

asio::awaitable<std::optional<FilePart>> CodeFiles::file_of(std::string account, std::string code_sha256) {
  co_return co_await asio::co_spawn(pool_, open(path_of(account, code_sha256)), asio::use_awaitable);
}

asio::awaitable<void> CodeFiles::discard(std::string account, std::string code_sha256,
                                         std::function<bool()> unused) {
  co_await asio::co_spawn(pool_, remove(path_of(account, code_sha256), std::move(unused)),
                          asio::use_awaitable);
}

asio::awaitable<void> CodeFiles::sweep(std::function<bool(const std::string&, const std::string&)> used) {
  co_await asio::co_spawn(pool_, remove_unused(std::move(used)), asio::use_awaitable);
}

asio::awaitable<boost::system::result<std::string, lambda::FetchError>> CodeFiles::fetch(
    Caller caller, std::string bucket, std::string key, std::uint64_t limit) {
  if (!objects_) co_return lambda::FetchError{"NoSuchBucket", "The specified bucket does not exist"};
  co_return co_await objects_->read(std::move(caller), std::move(bucket), std::move(key), limit);
}

asio::awaitable<std::optional<std::string>> CodeFiles::read(Path path) {
  const Descriptor file(path, O_RDONLY);
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) co_return std::nullopt;
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (n == 0 || (n < 0 && errno != EINTR)) co_return std::nullopt;
    if (n > 0) have += static_cast<std::size_t>(n);
  }
  co_return bytes;
}

asio::awaitable<storage::Result<void>> CodeFiles::write(Path path, std::string zip) {
  const std::lock_guard lock(mutex_);
  std::error_code ec;
  if (fs::exists(path, ec)) co_return storage::Result<void>{};
  const bool first = fs::create_directories(path.parent_path(), ec);
  if (ec) co_return error_of(ec.value(), "cannot make", path.parent_path());
  const Path unfinished = path.string() + ".new";
  {
    const Descriptor file(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
    const bool written = file && write_all(file.get(), zip) && (!sync_ || ::fsync(file.get()) == 0);
    if (!written) {
      const int code = errno;
      fs::remove(unfinished, ec);
      co_return error_of(code, "cannot write", unfinished);
    }
  }
  if (::rename(unfinished.c_str(), path.c_str()) != 0) co_return error_of(errno, "cannot rename", unfinished);
  if (sync_ && (!sync_directory(path.parent_path()) || (first && !sync_directory(directory_))))
    co_return error_of(errno, "cannot sync", path.parent_path());
  co_return storage::Result<void>{};
}

asio::awaitable<std::optional<FilePart>> CodeFiles::open(Path path) {
  Descriptor file(path, O_RDONLY);
  struct stat info {};
  if (!file || ::fstat(file.get(), &info) != 0) co_return std::nullopt;
  FilePart part;
  part.size = static_cast<std::uint64_t>(info.st_size);
  part.descriptor = std::shared_ptr<const int>(new int(file.release()), [](const int* fd) {
    ::close(*fd);
    delete fd;
  });
  co_return part;
}

asio::awaitable<void> CodeFiles::remove(Path path, std::function<bool()> unused) {
  const std::lock_guard lock(mutex_);
  if (!unused()) co_return;
  std::error_code ec;
  fs::remove(path, ec);
  if (ec) log::warning("code_not_removed", {{"path", path.string()}, {"reason", ec.message()}});
}

asio::awaitable<void> CodeFiles::remove_unused(
    std::function<bool(const std::string&, const std::string&)> used) {
  const std::lock_guard lock(mutex_);
  std::vector<Path> unused;
  for (const auto& account : fs::directory_iterator(directory_)) {
    if (!account.is_directory()) continue;
    for (const auto& file : fs::directory_iterator(account.path())) {
      const std::string digest = unhex(file.path().stem().string()).value_or("");
      const bool archive = file.path().extension() == kEnding;
      if (!archive || !used(account.path().filename(), base64_encode(digest))) unused.push_back(file.path());
    }
  }
  for (const Path& path : unused) {
    std::error_code ec;
    fs::remove(path, ec);
    log::info("unused_code_removed", {{"path", path.string()}});
  }
  co_return;
}

}  // namespace millrace::functions
