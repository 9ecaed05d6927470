#include "server/functions/workers/worker.h"

#include <unistd.h>

#include <csignal>

#include "server/functions/workers/peer.h"
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
// What a worker has of processes and threads where nothing is wrong; a JVM has some 30.
constexpr std::uint64_t kUsualTasks = 64;

// How often at most it is measured what a worker holds, and the share of time that this may take.
constexpr std::chrono::seconds kLook{1};
constexpr int kLookShare = 20;
// A tmpfs's entries are memory of the kernel's, about 1 KiB each, which is a sixteenth of the bytes they may
// have.
constexpr std::uint64_t kEntryShare = 16;

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
      on_change_(std::move(on_change)),
      output_(shared.logs.of(function_.account, function_.region, function_.name),
              shared.options.invocation_log_bytes, shared.clock),
      changed_(shared.context),
      api_(std::make_unique<RuntimeApi>(
          shared.context, [this](const auto& socket) { return is_own(socket); }, [this] { wake(); })),
      buffer_(kReadBytes) {}

// What the kernel does not know is refused: a connection that was reset still has its bytes. Functions that
// share a user are told apart by their processes' descriptors. The server may not see those of another user
// if it lacks CAP_SYS_PTRACE; then that user is the function's own, which suffices.
bool Worker::is_own(const asio::ip::tcp::socket& socket) {
  const std::optional<Peer> peer = peer_of(socket);
  const std::optional<uid_t> user = user_in(shared_.sandboxes, function_);
  if (!peer || peer->inode == 0 || (user && peer->user != *user)) return false;
  const std::optional<bool> leader_has = has_socket(pid(), peer->inode);
  if (!leader_has) return user.has_value();
  if (*leader_has) return true;
  shared_.table.refresh();
  const std::vector<pid_t> processes = shared_.table.processes(pid());
  return std::any_of(processes.begin(), processes.end(),
                     [&](pid_t p) { return has_socket(p, peer->inode).value_or(false); });
}

WorkerPlace Worker::place() const {
  const fs::path runtime = shared_.options.work_dir / "bootstrap";
  const fs::path layers = parts_.layers ? parts_.layers->path() : fs::path();
  WorkerPlace place;
  if (shared_.sandboxes.isolation.sandbox) {
    place.code = {parts_.code.path(), kTaskRoot};
    if (parts_.layers) place.layers = {layers, kLayers};
    place.runtime = {runtime, kRuntimeDirectory};
    place.scratch = {{}, kScratch};
  } else {
    place.code = {parts_.code.path(), parts_.code.path()};
    place.layers = {layers, layers};
    place.runtime = {runtime, runtime};
    place.scratch = {scratch_, scratch_};
  }
  place.api_port = api_->port();
  return place;
}

std::uint64_t Worker::max_tasks() const {
  const std::uint64_t own = std::uint64_t{shared_.options.max_processes} * kThreadsPerProcess + kTaskSlack;
  const Isolation& isolation = shared_.sandboxes.isolation;
  if (isolation.sandbox && !isolation.users) return own;  // counted for the namespace
  // Counted for the user, who has other workers: as many as all may be, of usual ones.
  const std::uint64_t others = std::uint64_t{shared_.options.max_workers} * kUsualTasks;
  return own + others + (isolation.users ? 0 : shared_.tasks_of_user);
}

void Worker::isolate(Command& command, const WorkerPlace& place) {
  const ScratchSize scratch{std::uint64_t{function_.ephemeral_mb} << 20,
                            max_scratch_entries(function_.ephemeral_mb)};
  // A little more than the watchdog allows, which says what it kills for; and a full /tmp.
  std::uint64_t memory = (std::uint64_t{function_.memory_mb} << 20) + kCgroupSlack;
  if (!has_scratch_directory()) memory += scratch.bytes + scratch.bytes / kEntryShare;
  const std::uint64_t tasks = std::uint64_t{shared_.options.max_processes} * kThreadsPerProcess;
  cgroup_ = shared_.cgroups.make(number_, memory, tasks + kTaskSlack);
  if (cgroup_) command.cgroup_files = cgroup_->join_files();
  command.filter = shared_.filter;
  command.tasks = max_tasks();
  const SandboxBase& base = shared_.sandboxes;
  if (!base.isolation.sandbox && base.isolation.landlock == 0) return;
  std::vector<Bind> binds{{place.code.here, place.code.seen}, {place.runtime.here, place.runtime.seen}};
  // One by one, since the system may have something in /opt too.
  std::error_code ec;
  if (parts_.layers)
    for (const auto& entry : fs::directory_iterator(place.layers.here, ec))
      binds.push_back({entry.path(), place.layers.seen / entry.path().filename()});
  for (const fs::path& directory : parts_.interpreter.directories)
    if (!shows(base, directory) && directory != "/") binds.push_back({directory, directory});
  if (base.isolation.sandbox) {
    const std::optional<uid_t> user = user_in(base, function_);
    command.sandbox = std::make_shared<const Sandbox>(base, binds, scratch, user.value_or(0));
  } else {
    binds.push_back({scratch_, scratch_, true});
    command.landlock = std::make_shared<const Landlock>(landlock_rules(base, binds));
  }
}

std::optional<NoCommand> Worker::start() {
  if (const error_code ec = api_->listen()) return NoCommand{"cannot listen on 127.0.0.1: " + ec.message()};
  if (!shared_.sandboxes.isolation.sandbox) {
    std::error_code failed;
    scratch_ = shared_.scratch.make(number_, failed);
    if (failed) return NoCommand{"cannot create " + scratch_.string() + ": " + failed.message()};
  }
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
  if (const int listener = process_->take_listener(); listener >= 0)
    shared_.mode_changes->serve(listener, scratch_);
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

bool Worker::lost_a_process_to_memory() {
  if (!cgroup_ || !cgroup_->killed_for_memory()) return false;
  kill(Killed::memory);
  return true;
}

void Worker::freeze() {
  if (!alive()) return;
  frozen_ = true;
  process_->signal(SIGSTOP);
  shared_.table.stop(pid());
}

void Worker::thaw() {
  if (!std::exchange(frozen_, false)) return;
  process_->signal(SIGCONT);
  shared_.table.signal(pid(), SIGCONT);
}

void Worker::look_at_held() {
  if (!needs_looks() || looking_ || std::chrono::steady_clock::now() < next_look_) return;
  looking_ = true;
  ++running_;
  asio::co_spawn(
      shared_.context,
      look({scratch_, shared_.table.processes(pid()), max_scratch_entries(function_.ephemeral_mb), &ending_}),
      asio::detached);
}

asio::awaitable<void> Worker::look(Measure what) {
  const Instant before = std::chrono::steady_clock::now();
  held_ = co_await shared_.scratch.look(what);
  const Instant now = std::chrono::steady_clock::now();
  next_look_ = now + std::max<Instant::duration>(kLook, (now - before) * kLookShare);
  looking_ = false;
  --running_;
  wake();
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
  } else if (held_.memory_bytes > limit) {
    kill(Killed::memory);
  } else if (held_.too_deep || held_.disk_bytes > std::uint64_t{function_.ephemeral_mb} << 20 ||
             held_.entries > max_scratch_entries(function_.ephemeral_mb)) {
    kill(Killed::disk);
  } else {
    return look_at_held();
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
  ending_ = true;
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
  // Of the connections and the coroutines above; each wakes us.
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
  if (has_scratch_directory()) shared_.scratch.discard(scratch_);
}

}  // namespace millrace::functions
