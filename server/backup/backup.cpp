#include "server/backup/backup.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "server/backup/control_socket.h"
#include "server/log.h"

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
    throw std::runtime_error((full ? "there is no room for the copy: " : "") + result.error().detail);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

void make_directory(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) throw std::runtime_error(path.string() + " cannot be made: " + failed.message());
}

// A directory of plain files, which may be missing.
Copied copy_part(const fs::path& from, const fs::path& to, const char* part) {
  if (!fs::is_directory(from / part)) return {};
  make_directory((to / part).parent_path());
  return must(storage::copy_directory(from / part, to / part));
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

Copied make_backup(const fs::path& data_dir, storage::RocksStore& store, storage::FileStore& files,
                   const fs::path& to) {
  if (fs::exists(to))
    throw std::runtime_error(to.string() + " is there already; a backup is a new directory");
  const fs::path partial = to.string() + ".partial";
  clear_away(partial);
  make_directory(partial);
  fs::permissions(partial, fs::perms::owner_all);
  Copied copied;
  try {
    // Archives of functions before the rows that name them, since some may go, and again after, since some
    // may come.
    copied += copy_part(data_dir, partial, "functions/archives");
    const auto copy_catalog = [&]() -> storage::Result<void> {
      auto log = store.backup(partial / "log");
      if (!log) return log.error();
      copied += *log;
      return {};
    };
    copied += must(files.backup(partial / "objects", copy_catalog));
    for (const char* part : {"functions/archives", "keys", "tls"})
      copied += copy_part(data_dir, partial, part);
    copied += must(storage::copy_file(data_dir / "VERSION", partial / "VERSION"));
    std::ofstream mark(partial / kMark);
    mark << "made by millrace " << MILLRACE_VERSION << "\n" << std::flush;
    if (!mark) throw std::runtime_error((partial / kMark).string() + " cannot be written");
    finish(partial, to);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
  return copied;
}

std::string answer_backup(const std::string& line, const fs::path& data_dir, storage::RocksStore& store,
                          storage::FileStore& files) {
  if (!line.starts_with(kOrder)) return std::string(kFailed) + "this server does not know what is asked";
  const fs::path to = line.substr(kOrder.size());
  try {
    const auto begin = std::chrono::steady_clock::now();
    const Copied copied = make_backup(data_dir, store, files, to);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    log::info("backup_made", {{"to", to.string()}, {"bytes", copied.bytes}, {"seconds", seconds}});
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
    std::puts("It holds the master key: keep it as safe as the data directory itself.");
  return 0;
}

int restore_backup(const fs::path& from, const fs::path& data_dir) {
  if (!fs::exists(from / kMark))
    throw std::runtime_error(from.string() + " is not a whole backup: it has no file " + kMark);
  if (fs::exists(data_dir) && (!fs::is_directory(data_dir) || !fs::is_empty(data_dir)))
    throw std::runtime_error(data_dir.string() + " is not empty; a backup is restored to a new directory");
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
