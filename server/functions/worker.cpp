#include "server/functions/worker.h"

#include <sys/stat.h>
#include <unistd.h>

#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
// What is drained at once at most: more than a pipe holds, and an end for a process that never stops
// printing.
constexpr std::size_t kDrainBytes = 1 << 20;
constexpr std::chrono::milliseconds kMaxKillPause{20};
// A thread costs the machine almost what a process costs. With the default of 64 processes this gives AWS's
// 1024.
constexpr std::uint64_t kThreadsPerProcess = 16;
// What a control group counts and the watchdog does not: the kernel's own memory for the processes, and pages
// of files that wait to be written.
constexpr std::uint64_t kCgroupSlack = 64 << 20;
constexpr std::uint64_t kTaskSlack = 128;

// How often at most a worker's /tmp is looked at, and the share of time that this may take.
constexpr std::chrono::seconds kScratchLook{1};
constexpr int kScratchLookShare = 20;
constexpr unsigned kMaxScratchEntries = 100'000;

const char* reason_of(Worker::Killed killed) {
  switch (killed) {
    case Worker::Killed::memory:
      return "memory";
    case Worker::Killed::processes:
      return "processes";
    case Worker::Killed::disk:
      return "disk";
    default:
      return "";
  }
}

// The function's own user, if it has one.
std::optional<uid_t> user_in(const SandboxBase& sandboxes, const lambda::FunctionSpec& function) {
  if (!sandboxes.isolation.users) return std::nullopt;
  return user_of(function.arn);
}

}  // namespace

Worker::Worker(WorkerShared& shared, lambda::FunctionSpec function, Parts parts, std::uint64_t number,
               std::function<void()> on_change)
    : shared_(shared),
      function_(std::move(function)),
      parts_(std::move(parts)),
      number_(number),
      scratch_(shared.options.work_dir / "tmp" / std::to_string(number)),
      on_change_(std::move(on_change)),
      output_(shared.logs.of(function_.account, function_.region, function_.name),
              shared.options.invocation_log_bytes, shared.clock),
      changed_(shared.context),
      api_(std::make_unique<RuntimeApi>(shared.context, user_in(shared.sandboxes, function_),
                                        [this] { wake(); })),
      buffer_(kReadBytes) {}

WorkerPlace Worker::place() const {
  const fs::path runtime = shared_.options.work_dir / "bootstrap";
  const fs::path layers = parts_.layers ? parts_.layers->path() : fs::path();
  WorkerPlace place;
  if (shared_.sandboxes.isolation.sandbox) {
    place.code = {parts_.code.path(), kTaskRoot};
    if (parts_.layers) place.layers = {layers, kLayers};
    place.runtime = {runtime, kRuntimeDirectory};
    place.scratch = {scratch_, kScratch};
  } else {
    place.code = {parts_.code.path(), parts_.code.path()};
    place.layers = {layers, layers};
    place.runtime = {runtime, runtime};
    place.scratch = {scratch_, scratch_};
  }
  place.api_port = api_->port();
  return place;
}

void Worker::isolate(Command& command, const WorkerPlace& place) {
  const std::uint64_t tasks = std::uint64_t{shared_.options.max_processes} * kThreadsPerProcess;
  // A little more than the watchdog allows, which says what it kills for.
  cgroup_ = shared_.cgroups.make(number_, (std::uint64_t{function_.memory_mb} << 20) + kCgroupSlack,
                                 tasks + kTaskSlack);
  if (cgroup_) command.cgroup_files = cgroup_->join_files();
  if (!shared_.sandboxes.isolation.sandbox) return;
  std::vector<Bind> binds{{place.code.here, place.code.seen}, {place.runtime.here, place.runtime.seen}};
  // One by one, since the system may have something in /opt too.
  std::error_code ec;
  if (parts_.layers)
    for (const auto& entry : fs::directory_iterator(place.layers.here, ec))
      binds.push_back({entry.path(), place.layers.seen / entry.path().filename()});
  for (const fs::path& directory : parts_.interpreter.directories)
    if (!shows(shared_.sandboxes, directory) && directory != "/") binds.push_back({directory, directory});
  const std::optional<uid_t> user = user_in(shared_.sandboxes, function_);
  if (user) (void)::chown(scratch_.c_str(), *user, *user);
  command.sandbox = std::make_shared<const Sandbox>(shared_.sandboxes, binds, scratch_, user.value_or(0));
}

std::optional<NoCommand> Worker::start() {
  if (const error_code ec = api_->listen()) return NoCommand{"cannot listen on 127.0.0.1: " + ec.message()};
  std::error_code failed;
  fs::create_directories(scratch_, failed);
  if (failed) return NoCommand{"cannot make " + scratch_.string() + ": " + failed.message()};
  const std::string stream = new_log_stream(shared_.clock.now(), function_.version);
  output_.set_stream(stream);
  WorkerPlace place = this->place();
  place.log_stream = stream;
  auto command = command_of(function_, shared_.options, parts_.interpreter, place);
  if (command.has_error()) return command.error();
  isolate(*command, place);
  auto process = WorkerProcess::start(shared_.context, *command);
  if (process.has_error()) {
    std::string what = process.error().message();
    const std::string& file = command->arguments.front();
    const std::string task_root = place.code.seen;
    if (file.starts_with(task_root)) {  // AWS's words
      what[0] = static_cast<char>(std::tolower(what[0]));
      return NoCommand{"fork/exec /var/task" + file.substr(task_root.size()) + ": " + what, true};
    }
    return NoCommand{"cannot start " + file + ": " + what};
  }
  process_ = std::move(*process);
  shared_.table.add(process_->pid(), mark_of(api_->port()));
  running_ += 2;
  asio::co_spawn(shared_.context, read_output(), asio::detached);
  asio::co_spawn(shared_.context, watch_exit(), asio::detached);
  return std::nullopt;
}

asio::awaitable<void> Worker::read_output() {
  error_code ec;
  while (!ec) {
    const std::size_t n = co_await process_->output().async_read_some(
        asio::buffer(buffer_), asio::redirect_error(asio::use_awaitable, ec));
    output_.write({buffer_.data(), n});
  }
  --running_;
  wake();
}

void Worker::drain() {
  if (!process_ || !process_->output().is_open()) return;
  std::vector<char> bytes(kReadBytes);
  for (std::size_t taken = 0; taken < kDrainBytes;) {
    const ssize_t n = ::read(process_->output().native_handle(), bytes.data(), bytes.size());
    if (n <= 0) return;
    output_.write({bytes.data(), static_cast<std::size_t>(n)});
    taken += static_cast<std::size_t>(n);
  }
}

asio::awaitable<void> Worker::watch_exit() {
  const ExitStatus status = co_await process_->ended();
  drain();
  exit_ = status;
  if (killed_ == Killed::no && cgroup_ && cgroup_->killed_for_memory()) killed_ = Killed::memory;
  --running_;
  wake();
}

void Worker::kill(Killed reason) {
  if (killed_ == Killed::no) killed_ = reason;
  if (process_) process_->kill();
}

bool Worker::scratch_is_full() {
  const Instant now = std::chrono::steady_clock::now();
  if (now < next_scratch_look_) return false;
  std::uint64_t blocks = 0;
  unsigned entries = 0;
  std::error_code changed;  // while it is read: the next look sees more
  for (auto at = fs::recursive_directory_iterator(scratch_, changed);
       !changed && at != fs::recursive_directory_iterator() && ++entries < kMaxScratchEntries;
       at.increment(changed)) {
    struct stat info {};
    if (::lstat(at->path().c_str(), &info) == 0) blocks += static_cast<std::uint64_t>(info.st_blocks);
  }
  const Instant::duration took = std::chrono::steady_clock::now() - now;
  next_scratch_look_ = now + std::max<Instant::duration>(kScratchLook, took * kScratchLookShare);
  return entries == kMaxScratchEntries || blocks * 512 > std::uint64_t{function_.ephemeral_mb} << 20;
}

void Worker::check_limits() {
  if (!process_ || exit_) return;
  const WorkerTable::Usage usage = shared_.table.usage(pid());
  peak_bytes_ = std::max(peak_bytes_, usage.resident_bytes);
  const std::uint64_t limit = std::uint64_t{function_.memory_mb} << 20;
  const std::uint64_t max_threads = std::uint64_t{shared_.options.max_processes} * kThreadsPerProcess;
  if (usage.processes > shared_.options.max_processes || usage.threads > max_threads) {
    kill(Killed::processes);
  } else if (usage.resident_bytes > limit &&
             (usage.processes == 1 || shared_.table.proportional_bytes(pid()) > limit)) {
    kill(Killed::memory);
  } else if (scratch_is_full()) {
    kill(Killed::disk);
  } else {
    return;
  }
  shared_.table.kill(pid());
  log::info("function_killed", {{"function", function_.arn},
                                {"reason", reason_of(killed_)},
                                {"resident_mb", usage.resident_bytes >> 20},
                                {"processes", usage.processes},
                                {"threads", usage.threads}});
}

// The watchdog may not have looked yet.
std::uint64_t Worker::peak_mb() {
  const std::string path = "/proc/" + std::to_string(pid()) + "/statm";
  if (FILE* file = exit_ ? nullptr : std::fopen(path.c_str(), "re")) {
    std::uint64_t resident = 0;
    if (std::fscanf(file, "%*u %lu", &resident) == 1)
      peak_bytes_ = std::max(peak_bytes_, resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    std::fclose(file);
  }
  return (peak_bytes_ + (1 << 20) - 1) >> 20;
}

asio::awaitable<void> Worker::end() {
  error_code ignored;
  api_->close();
  if (process_) {
    asio::steady_timer pause(shared_.context);
    // What forks faster than it is looked for is caught by its group, or in one of the next rounds.
    std::chrono::milliseconds wait{1};
    process_->kill();
    shared_.table.refresh();
    while (shared_.table.kill(pid()) + shared_.table.strays() > 0 || !exit_) {
      pause.expires_after(wait);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      // The kernel lets a process finish what cannot be interrupted: no reason to ask ever and again.
      wait = std::min(wait * 2, kMaxKillPause);
      process_->kill();
      shared_.table.refresh();
    }
    process_->output().close(ignored);
  }
  // Of the connections and the two coroutines above; each wakes us.
  while (running_ > 0 || !api_->closed()) {
    changed_.expires_at(Instant::max());
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (process_) {
    process_->reap();
    shared_.table.refresh();  // its zombie children are ours now
    shared_.table.remove(pid());
  }
  cgroup_.reset();
  output_.finish();
  std::error_code failed;
  fs::remove_all(scratch_, failed);
}

}  // namespace millrace::functions
