#include "server/functions/code/code_cache.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "server/functions/isolation/scratch.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;

struct CodeCache::Entry {
  enum class State { absent, filling, complete };

  Entry(asio::io_context& context, std::string n)
      : name(std::move(n)), filled(context, std::chrono::steady_clock::time_point::max()) {}

  const std::string name;
  State state = State::absent;
  unsigned uses = 0, waiting = 0;
  std::uint64_t last_used = 0;
  bool doomed = false;
  std::set<std::string> functions;  // ARNs
  std::string failure;              // of the last filling
  asio::steady_timer filled;        // never expires; cancelled when filling ends
};

namespace {

constexpr std::string_view kComplete = ".complete", kAside = ".old-";
constexpr int kRemoverNiceness = 19;
constexpr std::size_t kDigestBytes = 32;  // of SHA-256

std::string first_line(const fs::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Not of what a link leads to.
fs::file_type kind_of(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type();
}

// On another thread; what it throws becomes words.
template <class Work>
asio::awaitable<std::string> attempt(Work work) {
  try {
    co_return work();
  } catch (const std::exception& e) {
    co_return std::string("cannot unpack the code: ") + e.what();
  }
}

}  // namespace

CodeCache::CodeCache(asio::io_context& context, fs::path directory, lambda::CodeSource& source,
                     std::size_t max_unused)
    : context_(context),
      directory_(std::move(directory)),
      source_(source),
      max_unused_(max_unused),
      boot_id_(first_line("/proc/sys/kernel/random/boot_id")) {
  asio::post(remover_, [] { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kRemoverNiceness); });
  std::error_code failed;
  ensure_directory(directory_, failed);
  if (failed)
    log::error("code_directory_failed", {{"path", directory_.string()}, {"reason", failed.message()}});
  else
    adopt_existing();
}

CodeCache::~CodeCache() { join(); }

void CodeCache::join() {
  stop_ = true;
  pool_.join();
  remover_.join();
}

void CodeCache::remove_later(fs::path aside) {
  asio::post(remover_, [this, path = std::move(aside)] {
    std::error_code failed;
    if (kind_of(path) == fs::file_type::directory) {
      const int error = empty_directory(path, stop_);
      if (stop_) return;
      failed.assign(error, std::generic_category());
    }
    if (!failed) fs::remove(path, failed);
    if (failed) log::warning("code_removal_failed", {{"path", path.string()}, {"reason", failed.message()}});
  });
}

void CodeCache::set_aside(const fs::path& path) {
  if (kind_of(path) == fs::file_type::not_found) return;
  fs::path free;
  do free = directory_ / (std::string(kAside) + std::to_string(++set_aside_));
  while (kind_of(free) != fs::file_type::not_found);
  std::error_code failed;
  fs::rename(path, free, failed);
  if (!failed) return remove_later(free);
  log::warning("code_removal_failed", {{"path", path.string()}, {"reason", failed.message()}});
}

// The mark first, so that a removal that is cut short leaves nothing that looks complete.
void CodeCache::remove_code(const std::string& name) {
  set_aside(directory_ / (name + std::string(kComplete)));
  set_aside(directory_ / name);
}

// Makes what was unpacked the directory of that name. Returns what is wrong, or nothing.
std::string CodeCache::install(const fs::path& fresh, const std::string& name) {
  remove_code(name);
  std::error_code ec;
  fs::rename(fresh, directory_ / name, ec);
  if (!ec) {
    std::ofstream mark(directory_ / (name + std::string(kComplete)), std::ios::trunc);
    mark << boot_id_ << "\n" << std::flush;
    if (mark) return {};
  }
  return "cannot store the unpacked code: " + (ec ? ec.message() : "write failed");
}

void CodeCache::adopt_existing() {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator file(directory_, failed), end; !failed && file != end; file.increment(failed))
    names.push_back(file->path().filename());
  for (const std::string& name : names) {
    if (name.starts_with(kAside)) {
      remove_later(directory_ / name);
    } else if (name.ends_with(kComplete)) {
      if (kind_of(directory_ / name) != fs::file_type::regular) set_aside(directory_ / name);
    } else if (name.starts_with(".new-") || kind_of(directory_ / name) != fs::file_type::directory) {
      set_aside(directory_ / name);
    } else {
      const auto [at, fresh] = entries_.emplace(name, std::make_unique<Entry>(context_, name));
      if (!boot_id_.empty() && first_line(directory_ / (name + std::string(kComplete))) == boot_id_)
        at->second->state = Entry::State::complete;
    }
  }
  bound_unused();
}

asio::awaitable<boost::system::result<CodeCache::Use, lambda::NotRun>> CodeCache::open(
    lambda::FunctionSpec function) {
  Archives archives{function.code_sha256};
  std::string name = hex(base64_decode(function.code_sha256).value_or(""));
  co_return co_await open(std::move(function), std::move(archives), std::move(name));
}

asio::awaitable<boost::system::result<CodeCache::Use, lambda::NotRun>> CodeCache::open_layers(
    lambda::FunctionSpec function) {
  Archives archives = function.layers;
  std::string all;
  for (const std::string& archive : archives) all += archive + "/";
  std::string name = "layers-" + hex(sha256(all));
  co_return co_await open(std::move(function), std::move(archives), std::move(name));
}

asio::awaitable<boost::system::result<CodeCache::Use, lambda::NotRun>> CodeCache::open(
    lambda::FunctionSpec function, Archives archives, std::string name) {
  for (const std::string& archive : archives)
    if (base64_decode(archive).value_or("").size() != kDigestBytes)
      co_return lambda::NotRun{lambda::NotRun::Why::code, "the code's SHA-256 is malformed"};
  std::unique_ptr<Entry>& slot = entries_[name];
  if (!slot) slot = std::make_unique<Entry>(context_, name);
  Entry& entry = *slot;
  ++entry.waiting;  // keeps it
  entry.functions.insert(function.arn);
  entry.doomed = false;
  boost::system::error_code ignored;
  if (entry.state == Entry::State::absent) {
    entry.state = Entry::State::filling;
    entry.failure = co_await fill(function.account, std::move(archives), name);
    entry.state = entry.failure.empty() ? Entry::State::complete : Entry::State::absent;
    entry.filled.cancel();
  } else if (entry.state == Entry::State::filling) {
    co_await entry.filled.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  --entry.waiting;
  if (entry.state != Entry::State::complete) {
    const std::string failure = entry.failure;
    released(entry);
    co_return lambda::NotRun{lambda::NotRun::Why::code, failure};
  }
  co_return Use(*this, entry, directory_ / name);
}

asio::awaitable<std::string> CodeCache::fill(std::string account, Archives archives, std::string name) {
  const fs::path fresh = directory_ / (".new-" + name);
  const auto on_pool = [this](auto work) {
    return asio::co_spawn(pool_, attempt(std::move(work)), asio::use_awaitable);
  };
  std::uint64_t left = kMaxUnpackedBytes;
  std::string wrong;
  set_aside(fresh);
  for (std::size_t i = 0; i < archives.size() && wrong.empty(); ++i)
    wrong = co_await add(account, archives[i], fresh, left);
  if (wrong.empty()) wrong = co_await on_pool([fresh, this, name] { return install(fresh, name); });
  if (!wrong.empty()) set_aside(fresh);
  co_return wrong;
}

asio::awaitable<std::string> CodeCache::add(std::string account, std::string sha256, fs::path to,
                                            std::uint64_t& left) {
  std::optional<std::string> archive;
  try {
    archive = co_await source_.zip_of(std::move(account), sha256);
  } catch (const std::exception& e) {
    co_return std::string("the code's archive cannot be read: ") + e.what();
  }
  if (!archive) co_return std::string("the code's archive does not exist");
  auto work = attempt([&archive, &sha256, &to, &left]() -> std::string {
    if (millrace::sha256(*archive) != base64_decode(sha256)) return "the archive does not match its SHA-256";
    return unpack(*archive, to, left);
  });
  co_return co_await asio::co_spawn(pool_, std::move(work), asio::use_awaitable);
}

void CodeCache::forget(const std::string& arn) {
  std::vector<Entry*> unused;
  for (const auto& [name, entry] : entries_) {
    const auto before = entry->functions.size();
    std::erase_if(entry->functions,
                  [&arn](const std::string& f) { return f == arn || f.starts_with(arn + ":"); });
    if (entry->functions.size() == before || !entry->functions.empty()) continue;
    entry->doomed = true;
    unused.push_back(entry.get());
  }
  for (Entry* entry : unused) released(*entry);
}

void CodeCache::released(Entry& entry) {
  if (entry.uses > 0 || entry.waiting > 0 || entry.state == Entry::State::filling) return;
  if (entry.doomed || entry.state == Entry::State::absent)
    remove(entry);
  else
    bound_unused();
}

void CodeCache::remove(Entry& entry) {
  const std::string name = entry.name;
  remove_code(name);
  entries_.erase(name);
}

void CodeCache::bound_unused() {
  std::vector<Entry*> unused;
  for (const auto& [name, entry] : entries_)
    if (entry->uses == 0 && entry->waiting == 0 && entry->state != Entry::State::filling)
      unused.push_back(entry.get());
  if (unused.size() <= max_unused_) return;
  std::sort(unused.begin(), unused.end(), [](auto* a, auto* b) { return a->last_used < b->last_used; });
  unused.resize(unused.size() - max_unused_);
  for (Entry* entry : unused) remove(*entry);
}

CodeCache::Use::Use(CodeCache& cache, Entry& entry, fs::path path)
    : cache_(&cache), entry_(&entry), path_(std::move(path)) {
  ++entry_->uses;
  entry_->last_used = ++cache.clock_;
}

CodeCache::Use& CodeCache::Use::operator=(Use&& other) noexcept {
  std::swap(cache_, other.cache_);
  std::swap(entry_, other.entry_);
  std::swap(path_, other.path_);
  return *this;
}

CodeCache::Use::~Use() {
  if (!entry_) return;
  --entry_->uses;
  cache_->released(*entry_);
}

}  // namespace millrace::functions
