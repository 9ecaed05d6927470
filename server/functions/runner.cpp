#include "server/functions/runner.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>
#include <mutex>

#include "server/exception_text.h"
#include "server/functions/invocation.h"
#include "server/functions/isolation/confinement.h"
#include "server/functions/isolation/landlock.h"
#include "server/functions/isolation/system_call_filter.h"
#include "server/functions/workers/bootstraps.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr unsigned kLeastWorkers = 8;
constexpr int kThreadNiceness = -10;
constexpr std::chrono::hours kExpiryLook{1};

RunnerOptions completed(RunnerOptions options) {
  if (options.max_workers == 0)
    options.max_workers = std::max(kLeastWorkers, 2 * std::thread::hardware_concurrency());
  options.work_dir = fs::absolute(options.work_dir).lexically_normal();
  return options;
}

// Makes the directory ready for a new server, where nothing of an older one runs.
const fs::path& prepare(const fs::path& work_dir) {
  try {
    kill_leftovers(work_dir.string());
    write_bootstraps(work_dir / "bootstrap");
  } catch (const std::exception& e) {
    throw std::runtime_error("the directory of functions cannot be used: " + std::string(e.what()));
  }
  return work_dir;
}

SandboxBase make_sandboxes(const RunnerOptions& options) {
  using Wish = RunnerOptions::WithSandbox;
  if (options.sandbox == Wish::off) {
    SandboxBase none;
    none.isolation.missing = "--sandbox off";
    return none;
  }
  std::vector<Bind> extra = options.directories;
  if (!options.java_runtime.empty()) extra.push_back({options.java_runtime, options.java_runtime});
  SandboxBase base = make_sandbox_base(options.work_dir / "root", extra, options.hidden);
  if (options.sandbox == Wish::required && !base.isolation.sandbox)
    throw std::runtime_error("--sandbox required: the system does not allow sandboxes: " +
                             base.isolation.missing);
  if (!base.isolation.sandbox) {
    base.isolation.landlock = landlock_version();
    base.isolation.refused = base.isolation.landlock == 0;
  }
  return base;
}

// So that the log says what protects the server from functions, and functions from each other.
void log_isolation(const Isolation& isolation, const Cgroups& cgroups) {
  const ConfinementSupport confined = confinement_support();
  log::info("isolation_status", {{"no_new_privileges", confined.no_new_privileges},
                                 {"system_calls", confined.system_calls},
                                 {"capabilities_dropped", confined.capabilities},
                                 {"sandbox", isolation.sandbox},
                                 {"user_of_each_function", isolation.users},
                                 {"landlock", isolation.landlock},
                                 {"control_groups", cgroups.kind()}});
  if (isolation.sandbox) return;
  constexpr const char* kRemedy =
      "run the server as root, or allow user namespaces; in a container, add --cap-add SYS_ADMIN or use a "
      "seccomp profile that allows namespaces";
  const std::string reason = "namespaces are not available: " + isolation.missing;
  if (isolation.refused)
    log::error("isolation_unavailable",
               {{"reason", reason + "; the kernel does not support Landlock"},
                {"remedy", std::string(kRemedy) + "; or run functions without isolation (--sandbox off)"}});
  else if (isolation.landlock == 0)
    log::warning("isolation_disabled", {{"reason", isolation.missing}, {"remedy", "use --sandbox auto"}});
  else
    log::warning("isolation_reduced", {{"reason", reason}, {"remedy", kRemedy}});
  if (isolation.landlock > 0 && isolation.landlock < kLandlockScopes)
    log::warning("signals_not_isolated",
                 {{"reason", "Landlock blocks signals only from version 6 on (Linux 6.12)"}});
}

FilterOptions filter_options(const Isolation& isolation, const Cgroups& cgroups) {
  FilterOptions out;
  out.shares_user = isolation.landlock > 0;
  out.refuse_truncate = isolation.landlock > 0 && isolation.landlock < kLandlockTruncate;
  out.refuse_shared_memory = std::string_view(cgroups.kind()) == "none";
  return out;
}

}  // namespace

struct ProcessRunner::State {
  using Outcome = Invocation::Outcome;

  State(RunnerOptions o, lambda::CodeSource& source, const Clock& the_clock, Probes& the_probes)
      : options(completed(std::move(o))),
        clock(the_clock),
        probes(the_probes),
        logs(prepare(options.work_dir) / "logs", options.log_bytes),
        code(context, options.work_dir / "code", source, options.max_unused_code),
        interpreters(options.interpreters),
        sandboxes(make_sandboxes(options)),
        scratch(options.work_dir),
        mode_changes(sandboxes.isolation.landlock > 0 ? std::make_unique<ModeChanges>() : nullptr),
        shared{context,
               options,
               clock,
               table,
               logs,
               interpreters,
               sandboxes,
               cgroups,
               scratch,
               mode_changes.get(),
               system_call_filter(filter_options(sandboxes.isolation, cgroups)),
               WorkerTable::tasks_of(::geteuid())},
        pool(shared, probes, options.max_workers) {}

  // False: the runner stops. Each admitted invocation must run.
  [[nodiscard]] bool admit() {
    const std::lock_guard lock(mutex);
    if (!stopping) ++admitted;
    return !stopping;
  }

  // On the runner's thread.
  asio::awaitable<Outcome> run(lambda::FunctionSpec function, std::string payload,
                               lambda::InvokeContext given) {
    const std::string arn = function.arn;
    std::string failure;
    try {
      Invocation invocation(shared, pool, code, probes, std::move(function), std::move(payload),
                            std::move(given));
      co_return co_await invocation.run();
    } catch (const std::exception& e) {
      failure = e.what();
    }
    log::error("invocation_failed", {{"function", arn}, {"reason", failure}});
    co_return lambda::NotRun{lambda::NotRun::Why::internal, failure};
  }

  asio::awaitable<Outcome> run_admitted(lambda::FunctionSpec function, std::string payload,
                                        lambda::InvokeContext given) {
    Outcome outcome = co_await run(std::move(function), std::move(payload), std::move(given));
    --admitted;
    none_left.cancel();
    co_return outcome;
  }

  // Until `end_all`.
  asio::awaitable<void> expire_logs() {
    boost::system::error_code cancelled;
    while (!cancelled) {
      logs.expire(clock.now());
      expiry.expires_after(kExpiryLook);
      co_await expiry.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
  }

  asio::awaitable<void> end_all(std::chrono::milliseconds grace) {
    expiry.cancel();
    co_await pool.stop(std::chrono::steady_clock::now() + grace);
    boost::system::error_code ignored;
    while (admitted > 0) {
      none_left.expires_at(std::chrono::steady_clock::time_point::max());
      co_await none_left.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  const RunnerOptions options;
  const Clock& clock;
  RunnerProbes probes;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};  // until `stop`
  FunctionLogs logs;
  WorkerTable table;
  CodeCache code;
  Interpreters interpreters;
  const SandboxBase sandboxes;
  Cgroups cgroups;
  Scratch scratch;
  const std::unique_ptr<ModeChanges> mode_changes;
  WorkerShared shared;
  WorkerPool pool;
  asio::steady_timer expiry{context};
  asio::steady_timer none_left{context};  // cancelled when an invocation has ended

  std::mutex mutex;
  bool stopping = false;                    // guarded by mutex
  std::atomic<std::uint64_t> admitted = 0;  // grows under the mutex alone
  std::once_flag stopped;
  std::thread thread;
};

ProcessRunner::ProcessRunner(RunnerOptions options, lambda::CodeSource& code, const Clock& clock,
                             Probes& probes) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  state_ = std::make_unique<State>(std::move(options), code, clock, probes);
  State& s = *state_;
  log_isolation(s.sandboxes.isolation, s.cgroups);
  asio::co_spawn(s.context, s.pool.watch(), [](std::exception_ptr failure) {
    if (failure) log::error("worker_watch_failed", {{"reason", text_of(failure)}});
  });
  asio::co_spawn(s.context, s.expire_logs(), asio::detached);
  s.thread = std::thread([&s] {
    ::pthread_setname_np(::pthread_self(), "functions");
    // A fork bomb is caught by whoever gets the processor. Not permitted to all; then at equal terms.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kThreadNiceness);
    s.context.run();
  });
}

ProcessRunner::~ProcessRunner() { stop(std::chrono::milliseconds(0)); }

asio::awaitable<boost::system::result<lambda::InvokeResult, lambda::NotRun>> ProcessRunner::invoke(
    lambda::FunctionSpec function, std::string payload, lambda::InvokeContext context) {
  State& s = *state_;
  if (s.sandboxes.isolation.refused)
    co_return lambda::NotRun{
        lambda::NotRun::Why::refused,
        "The server cannot isolate functions on this system: namespaces are not available (" +
            s.sandboxes.isolation.missing +
            "), and the kernel does not support Landlock. Run the server as root, or allow user namespaces; "
            "in a container, add --cap-add SYS_ADMIN or use a seccomp profile that allows namespaces. The "
            "server's option --sandbox off runs functions without isolation."};
  if (!s.admit()) co_return lambda::NotRun{lambda::NotRun::Why::internal, "the server is stopping"};
  auto work = s.run_admitted(std::move(function), std::move(payload), std::move(context));
  // Without the caller's cancellation slot, which may only be used on the caller's thread.
  auto token = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
  co_return co_await asio::co_spawn(s.context, std::move(work), std::move(token));
}

void ProcessRunner::forget(const std::string& arn) {
  asio::post(state_->context, [s = state_.get(), arn] {
    s->pool.forget(arn);
    s->code.forget(arn);
    s->probes.forget(arn);
  });
}

void ProcessRunner::stop(std::chrono::milliseconds grace) {
  std::call_once(state_->stopped, [this, grace] {
    State& s = *state_;
    {
      const std::lock_guard lock(s.mutex);
      s.stopping = true;
    }
    asio::co_spawn(s.context, s.end_all(grace), asio::use_future).get();
    s.code.join();
    s.work.reset();
    s.thread.join();
  });
}

void ProcessRunner::settle_logs() { state_->logs.settle(); }

fs::path ProcessRunner::log_path(const std::string& account, const std::string& region,
                                 const std::string& function) const {
  return state_->logs.path(account, region, function);
}

}  // namespace millrace::functions
