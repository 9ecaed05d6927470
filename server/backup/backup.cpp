#include "server/backup/backup.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>

#include "server/backup/control_socket.h"
#include "server/log.h"
#include "storage/base/files.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;
using storage::Copied;

constexpr const char* kMark = "BACKUP";
constexpr std::string_view kOrder = "backup ", kDone = "done ", kFailed = "failed ";

template <class T>
T must(storage::Result<T> result) {
  if (!result) {
    const bool full = result.error().code == storage::Errc::read_only;
    throw std::runtime_error((full ? "there is not enough space for the copy: " : "") +
                             result.error().detail);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void make_directory(const fs::path& path) {
  if (const storage::Result<void> made = storage::make_directory(path); !made)
    throw std::runtime_error("a directory cannot be created: " + made.error().detail);
}

// A directory of plain files, which may be missing.
Copied copy_part(const fs::path& from, const fs::path& to, const char* part, const std::stop_token& stop) {
  if (!fs::is_directory(from / part)) return {};
  const fs::path folder = (to / part).parent_path();
  make_directory(folder);
  const Copied copied = must(storage::copy_directory(from / part, to / part, stop));
  must(storage::sync_names(folder));
  return copied;
}

void clear_away(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (failed) throw std::runtime_error(path.string() + " cannot be removed: " + failed.message());
}

// Moves what is whole to its name. A rename within a directory is all or nothing.
void finish(const fs::path& partial, const fs::path& to) {
  must(storage::sync_names(partial));
  fs::rename(partial, to);
  must(storage::sync_names(to.parent_path()));
}

}  // namespace

Copied Backups::make(const fs::path& to) {
  const std::stop_token stop = stop_.get_token();
  if (fs::exists(to))
    throw std::runtime_error(to.string() + " already exists; a backup needs a new directory");
  const fs::path partial = to.string() + ".partial";
  clear_away(partial);
  make_directory(partial);
  fs::permissions(partial, fs::perms::owner_all);
  Copied copied;
  try {
    // Archives of functions before the rows that name them, since some may go, and again after, since some
    // may come.
    copied += copy_part(data_dir_, partial, "functions/archives", stop);
    const auto copy_catalog = [&]() -> storage::Result<void> {
      auto log = store_.backup(partial / "log", stop);
      if (!log) return log.error();
      copied += *log;
      return {};
    };
    copied += must(files_.backup(partial / "objects", copy_catalog, stop));
    for (const char* part : {"functions/archives", "keys", "tls"})
      copied += copy_part(data_dir_, partial, part, stop);
    copied += must(storage::copy_file(data_dir_ / "VERSION", partial / "VERSION"));
    must(storage::write_file(partial / kMark, std::string("made by millrace ") + MILLRACE_VERSION + "\n"));
    finish(partial, to);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
  return copied;
}

std::string Backups::answer(const std::string& line) {
  if (!line.starts_with(kOrder)) return std::string(kFailed) + "the server does not know this command";
  const fs::path to = line.substr(kOrder.size());
  const std::lock_guard one_at_a_time(one_);
  try {
    const auto begin = std::chrono::steady_clock::now();
    const Copied copied = make(to);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    log::info("backup_completed", {{"to", to.string()}, {"bytes", copied.bytes}, {"seconds", seconds}});
    return fmt::format("{}{} files, {:.1f} MB, in {:.1f} s", kDone, copied.files,
                       static_cast<double>(copied.bytes) / 1e6, seconds);
  } catch (const std::exception& e) {
    log::error("backup_failed", {{"to", to.string()}, {"reason", e.what()}});
    return std::string(kFailed) + e.what();
  }
}

int order_backup(const fs::path& data_dir, const fs::path& to) {
  const fs::path target = fs::absolute(to).lexically_normal();
  const std::string answer = ControlSocket::ask(data_dir, std::string(kOrder) + target.string());
  if (!answer.starts_with(kDone))
    throw std::runtime_error(answer.substr(std::min(answer.size(), kFailed.size())));
  std::printf("%s: %s\n", target.c_str(), answer.c_str() + kDone.size());
  if (fs::exists(target / "keys"))
    std::puts("The backup contains the master key: protect it like the data directory.");
  return 0;
}

int restore_backup(const fs::path& from, const fs::path& data_dir) {
  if (!fs::exists(from / kMark))
    throw std::runtime_error(from.string() + " is not a complete backup: it has no file " + kMark);
  if (fs::exists(data_dir) && (!fs::is_directory(data_dir) || !fs::is_empty(data_dir)))
    throw std::runtime_error(data_dir.string() +
                             " is not empty; a backup can be restored only to a new directory");
  const fs::path target = fs::absolute(data_dir).lexically_normal();
  const fs::path partial = target.string() + ".partial";
  clear_away(partial);
  if (target.has_parent_path()) make_directory(target.parent_path());
  const Copied copied = must(storage::copy_directory(from, partial));
  fs::remove(partial / kMark);
  if (fs::exists(target)) fs::remove(target);
  finish(partial, target);
  std::printf("%s: %llu files, %.1f MB; start it with `millrace serve --data-dir %s`\n", target.c_str(),
              static_cast<unsigned long long>(copied.files), static_cast<double>(copied.bytes) / 1e6,
              target.c_str());
  return 0;
}

}  // namespace millrace
