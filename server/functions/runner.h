// Runs functions in child processes that speak the Lambda Runtime API.
//
// A worker is one child process for one revision of one function; it runs one invocation at a time and is
// kept warm. Their number is bounded over all functions: when all exist, an idle worker of another function
// makes room, else invocations queue, first come first served.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "api/lambda/runner.h"
#include "server/functions/isolation/sandbox.h"
#include "server/functions/workers/interpreters.h"
#include "storage/probe.h"

namespace millrace::functions {

// What a function signs its calls with. The server reads the account from the access key id.
struct Credentials {
  std::string access_key_id, secret_access_key, session_token;
};

// How long the credentials of a worker are valid, at least; a worker that is older than half of this gets no
// invocation.
inline constexpr std::chrono::hours kCredentialsLife{12};

struct RunnerOptions {
  std::filesystem::path work_dir;  // ours alone: code/, logs/, tmp/, trash/, bootstrap/, root/
  std::string endpoint_url;        // AWS_ENDPOINT_URL of functions; empty: not given
  std::string s3_endpoint_url;     // AWS_ENDPOINT_URL_S3; empty: not given
  // Empty: the account's id and "millrace".
  std::function<Credentials(const lambda::FunctionSpec&)> credentials;

  InterpreterNames interpreters;
  std::filesystem::path java_runtime;  // jars of AWS's runtime interface client; empty: functions bring them
  std::vector<Bind> directories;       // that functions have beside the system's
  std::vector<std::filesystem::path> hidden;  // files and directories in those that they may not
  enum class WithSandbox { automatic, required, off } sandbox = WithSandbox::automatic;

  unsigned max_workers = 0;     // over all functions; 0: twice the cores, at least 8
  unsigned max_waiting = 1000;  // invocations in the queue; more are throttled at once
  std::chrono::milliseconds max_wait{30'000};
  std::chrono::milliseconds idle_timeout{600'000};
  std::chrono::milliseconds init_timeout{
      10'000};                       // AWS's; after it the start is tried again in the invocation
  unsigned max_processes = 64;       // of one worker; and 16 times as many threads
  std::size_t max_unused_code = 64;  // unpacked archives kept though no worker uses them

  std::uint64_t log_bytes = 4 << 20;             // of a function's log, before it becomes the old one
  std::uint64_t invocation_log_bytes = 1 << 20;  // kept of one invocation's output
};

// Owned by the application. Has a thread of its own, which starts and reaps the workers, serves their Runtime
// API and writes their logs. Makes the server process a subreaper, so that no descendant of a worker escapes.
// Invocations cannot be cancelled: whoever stops waiting for one waits for its end all the same.
class ProcessRunner final : public lambda::FunctionRunner {
 public:
  // Throws std::runtime_error when `work_dir` cannot be written, or the sandbox that is required cannot be
  // had. Interpreters are looked for when they are
  // first needed.
  ProcessRunner(RunnerOptions options, lambda::CodeSource& code, const Clock& clock, Probes& probes);
  // Stops without grace, if that was not done before.
  ~ProcessRunner() override;

  [[nodiscard]] boost::asio::awaitable<boost::system::result<lambda::InvokeResult, lambda::NotRun>> invoke(
      lambda::FunctionSpec function, std::string payload, lambda::InvokeContext context = {}) override;
  void forget(const std::string& arn) override;

  // Takes no more invocations, waits up to `grace` for those that run, then kills. When it returns, no worker
  // nor anything that one started is left. Blocks; not for a thread that runs coroutines that wait for an
  // invocation. The code source must still answer.
  void stop(std::chrono::milliseconds grace);

  // Where the function's output is kept; the part before it has ".1" behind its name. Safe from any thread.
  // Returns when all that functions have written so far can be read in their logs. Blocks.
  void settle_logs();
  [[nodiscard]] std::filesystem::path log_path(const std::string& account, const std::string& region,
                                               const std::string& function) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::functions
