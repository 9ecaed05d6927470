#include "server/functions/logs/function_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "server/log.h"
#include "storage/base/files.h"

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kTailBytes = 4096;
constexpr std::size_t kMaxHeldLine = 64 << 10;

// A name as one component of a path, whatever it holds.
std::string component(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    out += plain || c == '_' ? c : '_';
  }
  return out.empty() ? "_" : out;
}

}  // namespace

LogLine parse_log_line(std::string_view line) {
  LogLine out{0, {}, line};
  const std::size_t first = line.find('\t');
  const std::size_t second = first == line.npos ? line.npos : line.find('\t', first + 1);
  std::int64_t ms = 0;
  if (second == line.npos) return out;
  const auto [end, error] = std::from_chars(line.data(), line.data() + first, ms);
  if (error != std::errc() || end != line.data() + first) return out;
  return {ms, line.substr(first + 1, second - first - 1), line.substr(second + 1)};
}

fs::path log_file(const fs::path& directory, const std::string& account, const std::string& region,
                  const std::string& function) {
  return directory / component(account) / component(region) / (component(function) + ".log");
}

fs::path old_log_file(fs::path log) {
  log += ".1";
  return log;
}

namespace {

fs::path days_file(fs::path log) { return log.replace_extension(".days"); }

}  // namespace

std::optional<Time> modified(const fs::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return Time(std::chrono::milliseconds(info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1'000'000));
}

std::optional<int> retention_days(const fs::path& log) {
  std::ifstream in(days_file(log));
  int days = 0;
  return in >> days && days > 0 ? std::optional(days) : std::nullopt;
}

void set_retention_days(const fs::path& log, std::optional<int> days) {
  const fs::path file = days_file(log);
  // The log itself needs no such care, but its directories are the setting's too.
  const fs::path region = file.parent_path(), account = region.parent_path(), logs = account.parent_path();
  storage::Result<void> done;
  for (const fs::path& directory : {logs, account, region})
    if (done) done = storage::make_directory(directory);
  if (!done) throw std::runtime_error("cannot write " + done.error().detail);
  if (days) {
    done = storage::write_file(file, std::to_string(*days) + "\n");
  } else {
    fs::remove(file);
    done = storage::sync_names(file.parent_path());
  }
  if (!done) throw std::runtime_error("cannot write " + done.error().detail);
}

Time first_kept(const fs::path& log, Time now) {
  const std::optional<int> days = retention_days(log);
  return days ? now - std::chrono::days(*days) : Time{};
}

FunctionLog::~FunctionLog() {
  if (file_ >= 0) ::close(file_);
}

void FunctionLog::begin() {
  (void)writer_.post(0, [self = shared_from_this()] { self->open(); });
}

void FunctionLog::append(std::string text) {
  const std::size_t bytes = text.size();
  if (writer_.post(bytes, [self = shared_from_this(), t = std::move(text)] { self->write(t); })) return;
  errno = ENOBUFS;
  complain("queue");
}

void FunctionLog::open() {
  std::error_code ec;
  fs::create_directories(path_.parent_path(), ec);
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file_ < 0) return complain("open");
  struct stat info {};
  size_ = ::fstat(file_, &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

void FunctionLog::rotate() {
  if (::rename(path_.c_str(), old_log_file(path_).c_str()) != 0) complain("rename");
  if (file_ >= 0) ::close(file_);
  open();
}

void FunctionLog::write(std::string_view text) {
  if (size_ > 0 && size_ + text.size() > max_bytes_) rotate();
  while (file_ >= 0 && !text.empty()) {
    const ssize_t n = ::write(file_, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return complain("write");
    size_ += static_cast<std::uint64_t>(n);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void FunctionLog::clear() {
  if (file_ >= 0 && ::ftruncate(file_, 0) == 0) size_ = 0;
}

void FunctionLog::complain(const char* what) {
  if (complained_.exchange(true)) return;
  log::warning(
      "function_log_failed",
      {{"call", what}, {"file", path_.string()}, {"reason", std::generic_category().message(errno)}});
}

fs::path FunctionLogs::path(const std::string& account, const std::string& region,
                            const std::string& function) const {
  return log_file(directory_, account, region, function);
}

std::shared_ptr<FunctionLog> FunctionLogs::of(const std::string& account, const std::string& region,
                                              const std::string& function) {
  const fs::path where = path(account, region, function);
  const std::lock_guard lock(mutex_);
  std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
  std::shared_ptr<FunctionLog> found = open_[where].lock();
  if (!found) {
    found = std::make_shared<FunctionLog>(writer_, where, bytes_);
    found->begin();
    open_[where] = found;
  }
  return found;
}

void FunctionLogs::expire(Time now) {
  (void)writer_.post(0, [this, now] { expire_now(now); });
}

void FunctionLogs::expire_now(Time now) {
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(directory_, failed)) {
    if (entry.path().extension() != ".days") continue;
    const fs::path log = fs::path(entry.path()).replace_extension(".log");
    const Time first = first_kept(log, now);
    if (modified(old_log_file(log)).value_or(Time::max()) < first) fs::remove(old_log_file(log), failed);
    if (modified(log).value_or(Time::max()) >= first) continue;
    // Emptied, not removed: the group stays, and a worker may have it open.
    std::shared_ptr<FunctionLog> in_use;
    {
      const std::lock_guard lock(mutex_);
      if (const auto open = open_.find(log); open != open_.end()) in_use = open->second.lock();
    }
    if (in_use)
      in_use->clear();
    else
      fs::resize_file(log, 0, failed);
  }
}

void WorkerOutput::begin() {
  finish();
  kept_ = dropped_ = 0;
  tail_.clear();
}

void WorkerOutput::remember(std::string_view bytes) {
  if (bytes.size() >= kTailBytes) {
    tail_ = bytes.substr(bytes.size() - kTailBytes);
    return;
  }
  tail_ += bytes;
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
}

void WorkerOutput::write(std::string_view bytes) {
  if (bytes.empty()) return;
  remember(bytes);
  const std::size_t room = static_cast<std::size_t>(std::min<std::uint64_t>(share_ - kept_, bytes.size()));
  kept_ += room;
  dropped_ += bytes.size() - room;
  line_open_ = bytes.back() != '\n';
  keep(bytes.substr(0, room));
}

void WorkerOutput::keep(std::string_view bytes) {
  const std::size_t last = bytes.rfind('\n');
  const std::size_t whole = last == bytes.npos ? 0 : last + 1;
  if (whole > 0) {
    open_line_ += bytes.substr(0, whole);
    append(std::exchange(open_line_, {}));
  }
  open_line_ += bytes.substr(whole);
  if (open_line_.size() > kMaxHeldLine) append(std::exchange(open_line_, {}) + "\n");
}

void WorkerOutput::append(std::string_view lines) {
  const std::string head = std::to_string(clock_.now().time_since_epoch().count()) + "\t" + stream_ + "\t";
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n') + 1;
    text += head;
    text += lines.substr(0, end);
    lines.remove_prefix(end);
  }
  log_->append(std::move(text));
}

void WorkerOutput::line(std::string_view text) {
  if (line_open_) {
    remember("\n");
    keep("\n");
    line_open_ = false;
  }
  const std::string whole = std::string(text) + "\n";
  remember(whole);
  keep(whole);
}

void WorkerOutput::finish() {
  if (dropped_ > 0) {
    line_open_ = true;  // what was kept may end within a line that went on
    line("[" + std::to_string(dropped_) + " bytes of output dropped: more than " + std::to_string(share_) +
         " in one invocation]");
    dropped_ = 0;
  } else if (line_open_) {
    remember("\n");
    keep("\n");
    line_open_ = false;
  }
}

}  // namespace millrace::functions
