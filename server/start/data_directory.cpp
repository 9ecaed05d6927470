#include "server/start/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "server/log.h"
#include "storage/base/files.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kVersion = "2";

// What is made in the directory, all of it.
constexpr const char* kParts[] = {"log", "objects", "functions", "keys", "tls"};

std::runtime_error problem(const fs::path& path, const std::string& what) {
  return std::runtime_error("--data-dir: " + path.string() + " " + what);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank(" \t\r\n\0", 5);
  while (!text.empty() && kBlank.find(text.back()) != kBlank.npos) text.remove_suffix(1);
  while (!text.empty() && kBlank.find(text.front()) != kBlank.npos) text.remove_prefix(1);
  return text;
}

void check_version(const fs::path& path) {
  const fs::path file = path / "VERSION";
  const storage::Result<std::string> text = storage::read_file(file);
  if (!text && text.error().code != storage::Errc::not_found)
    throw problem(path, "cannot be used: " + text.error().detail);
  const std::string_view version = text ? trimmed(*text) : std::string_view();
  if (version == kVersion) return;
  if (!version.empty())
    throw problem(path, "has data of format \"" + std::string(version.substr(0, 40)) +
                            "\", and this version of Millrace reads format " + std::string(kVersion) +
                            "; use the version that wrote it, or another directory (see the file " +
                            file.string() + ")");
  // A power loss may have emptied the file: earlier releases did not sync it.
  if (text || fs::exists(path / "log"))
    log::warning("version_file_recovered",
                 {{"file", file.string()}, {"reason", text ? "it was empty" : "it was missing"}});
  const storage::Result<void> written = storage::write_file(file, std::string(kVersion) + "\n");
  if (!written) throw problem(path, "cannot be written: " + written.error().detail);
}

// What a server made here after it had opened its log, in words; empty when none has run here. An operator
// may have brought the key.
std::string made_by_servers(const fs::path& path) {
  std::error_code ignored;
  std::string out;
  const auto note = [&](const fs::path& file, const char* what) {
    if (fs::exists(file, ignored)) out += (out.empty() ? "" : ", ") + std::string(what);
  };
  note(path / "objects" / "incoming", "objects");
  note(path / "functions" / "archives", "functions");
  if (!out.empty() || fs::exists(path / "VERSION", ignored)) note(path / "keys" / "master", "keys");
  return out;
}

// Returns whether the log is gone though servers have run here. What is left would pass for files that nobody
// uses.
bool check_log(const fs::path& path, bool accept_data_loss) {
  const fs::path folder = path / "log";
  std::error_code failed;
  const bool there = fs::exists(folder, failed);
  if (failed) throw problem(folder, "cannot be read: " + failed.message());
  // A volume that is not mounted leaves an empty directory.
  if (there && (!fs::is_directory(folder) || !fs::is_empty(folder, failed))) return false;
  if (failed) throw problem(folder, "cannot be read: " + failed.message());
  const std::string made = made_by_servers(path);
  if (made.empty()) return false;
  const std::string state = there ? "empty" : "missing";
  if (!accept_data_loss)
    throw problem(path, "has data of a server (" + made + "), but its folder log is " + state +
                            "\nNothing was changed. Mount the volume of " + folder.string() +
                            ", or restore a backup (millrace restore). To start without the streams, "
                            "functions, buckets and objects that it described, use --accept-data-loss.");
  log::error("log_lost", {{"path", folder.string()}, {"reason", "it is " + state}, {"remaining", made}});
  return true;
}

// Takes the access of others from what an earlier release made under a wide umask.
void make_private(const fs::path& path) {
  struct stat info {};
  const mode_t others = S_IRWXG | S_IRWXO;
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & others) == 0) return;
  if (::chmod(path.c_str(), info.st_mode & 07777 & ~others) == 0)
    log::info("permissions_restricted", {{"path", path.string()}});
  else
    log::warning("permissions_too_open", {{"path", path.string()}, {"reason", std::strerror(errno)}});
}

// Orchestrators hand out such directories, so that it is no reason not to start.
void warn_of_others(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return;
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    log::warning("data_directory_writable_by_others",
                 {{"path", path.string()},
                  {"mode", (std::string("0") + char('0' + (info.st_mode >> 6 & 7)) +
                            char('0' + (info.st_mode >> 3 & 7)) + char('0' + (info.st_mode & 7)))},
                  {"remedy", "chmod go-w " + path.string()}});
  if (info.st_uid != ::geteuid())
    log::warning("data_directory_owned_by_another_user",
                 {{"path", path.string()},
                  {"owner", info.st_uid},
                  {"user", ::geteuid()},
                  {"remedy", "change the owner to the user that runs the server"}});
}

}  // namespace

DataDirectory::DataDirectory(const fs::path& path, bool accept_data_loss)
    : path_(fs::absolute(path).lexically_normal()) {
  if (const storage::Result<void> made = storage::make_directory(path_); !made)
    throw problem(path_, "cannot be created: " + made.error().detail);
  lock_ = ::open((path_ / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw problem(path_ / "LOCK", std::string("cannot be written: ") + std::strerror(errno));
  try {
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
      throw problem(path_, "is in use by another server; stop it, or use another directory");
    lost_log_ = check_log(path_, accept_data_loss);
    check_version(path_);
  } catch (...) {
    ::close(lock_);
    throw;
  }
  warn_of_others(path_);
  for (const char* part : kParts) make_private(path_ / part);
  make_private(path_ / "VERSION");
}

DataDirectory::~DataDirectory() { ::close(lock_); }

}  // namespace millrace
