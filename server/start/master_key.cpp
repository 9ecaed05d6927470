#include "server/start/master_key.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "storage/base/files.h"

namespace millrace {

namespace fs = std::filesystem;

namespace {

std::runtime_error problem(const fs::path& file, const std::string& what) {
  return std::runtime_error("--master-key-file: " + file.string() + " " + what);
}

}  // namespace

MasterKey::MasterKey(fs::path file) : file_(fs::absolute(file)) {
  const storage::File in(file_, O_RDONLY);
  if (!in) {
    if (errno != ENOENT) throw problem(file_, std::string("cannot be read: ") + std::strerror(errno));
    key_ = Seal::random_key();
    is_new_ = true;
    return;
  }
  std::array<unsigned char, std::tuple_size_v<Seal::Key> + 1> bytes;
  const ssize_t size = ::read(in.get(), bytes.data(), bytes.size());
  if (size < 0) throw problem(file_, std::string("cannot be read: ") + std::strerror(errno));
  if (static_cast<std::size_t>(size) != key_.size()) throw problem(file_, "is not a key of 32 bytes");
  std::copy_n(bytes.begin(), key_.size(), key_.begin());
}

void MasterKey::keep() {
  if (!is_new_) return;
  const std::string_view bytes(reinterpret_cast<const char*>(key_.data()), key_.size());
  storage::Result<void> kept = storage::make_directory(file_.parent_path());
  if (kept) kept = storage::write_file(file_, bytes);
  if (!kept) throw problem(file_, "cannot be written: " + kept.error().detail);
  is_new_ = false;
}

}  // namespace millrace
