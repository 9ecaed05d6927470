#include "server/master_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace millrace {

namespace fs = std::filesystem;

namespace {

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags, int mode = 0)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::runtime_error problem(const fs::path& file, const std::string& what) {
  return std::runtime_error("--master-key-file: " + file.string() + " " + what);
}

}  // namespace

MasterKey::MasterKey(fs::path file) : file_(fs::absolute(file)) {
  const Descriptor in(file_, O_RDONLY);
  if (in.get() < 0) {
    if (errno != ENOENT) throw problem(file_, std::string("cannot be read: ") + std::strerror(errno));
    key_ = Seal::random_key();
    is_new_ = true;
    return;
  }
  std::array<unsigned char, std::tuple_size_v<Seal::Key> + 1> bytes;
  const ssize_t size = ::read(in.get(), bytes.data(), bytes.size());
  if (size < 0) throw problem(file_, std::string("cannot be read: ") + std::strerror(errno));
  if (static_cast<std::size_t>(size) != key_.size()) throw problem(file_, "is no key, which has 32 bytes");
  std::copy_n(bytes.begin(), key_.size(), key_.begin());
}

void MasterKey::keep() {
  if (!is_new_) return;
  std::error_code ec;
  const fs::path folder = file_.parent_path();
  const bool made = fs::create_directories(folder, ec);
  if (ec) throw problem(folder, "cannot be made: " + ec.message());
  if (made) fs::permissions(folder, fs::perms::owner_all, ec);
  // Whole and on disk, or not there at all.
  const fs::path unfinished = file_.string() + ".new";
  fs::remove(unfinished, ec);
  const Descriptor out(unfinished, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (out.get() < 0) throw problem(file_, std::string("cannot be written: ") + std::strerror(errno));
  if (::write(out.get(), key_.data(), key_.size()) != static_cast<ssize_t>(key_.size()) ||
      ::fsync(out.get()) != 0)
    throw problem(file_, std::string("cannot be written: ") + std::strerror(errno));
  fs::rename(unfinished, file_, ec);
  if (ec) throw problem(file_, "cannot be written: " + ec.message());
  const Descriptor in(folder, O_RDONLY | O_DIRECTORY);
  if (in.get() < 0 || ::fsync(in.get()) != 0)
    throw problem(folder, std::string("cannot be written: ") + std::strerror(errno));
  is_new_ = false;
}

}  // namespace millrace
