#include "server/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace millrace {

namespace {

constexpr int kVersion = 2;

std::runtime_error problem(const std::filesystem::path& path, const std::string& what) {
  return std::runtime_error("--data-dir: " + path.string() + " " + what);
}

void check_version(const std::filesystem::path& path) {
  const std::filesystem::path file = path / "VERSION";
  if (std::ifstream in(file); in) {
    int version = 0;
    if (!(in >> version) || version != kVersion)
      throw problem(path, "was written by another version of Millrace; use that one, or another directory");
    return;
  }
  std::ofstream out(file);
  if (!(out << kVersion << "\n" << std::flush)) throw problem(path, "cannot be written");
}

}  // namespace

DataDirectory::DataDirectory(const std::filesystem::path& path) : path_(std::filesystem::absolute(path)) {
  std::error_code ec;
  std::filesystem::create_directories(path_, ec);
  if (ec) throw problem(path_, "cannot be made: " + ec.message());
  lock_ = ::open((path_ / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw problem(path_, std::string("cannot be written: ") + std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    throw problem(path_, "is in use by another Millrace; stop it, or use another directory");
  }
  check_version(path_);
}

DataDirectory::~DataDirectory() { ::close(lock_); }

}  // namespace millrace
