// Functions run for real: archives made in memory, child processes, a directory that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>
#include <future>

#include "server/functions/runner.h"
#include "tests/unit/eventually.h"

namespace millrace::functions {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct ArchiveEntry {
  std::string name, content;
  std::uint32_t mode = 0100644;  // as stat(2) has it
};

[[nodiscard]] std::string archive_of(const std::vector<ArchiveEntry>& entries);
// Base64 of the SHA-256.
[[nodiscard]] std::string digest_of(const std::string& bytes);

// Archives by their digest.
class Archives : public lambda::CodeSource {
 public:
  std::string add(std::string archive);
  boost::asio::awaitable<std::optional<std::string>> zip_of(std::string account, std::string sha) override;
  std::atomic<unsigned> asked = 0;

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> archives_;  // guarded by mutex_
};

[[nodiscard]] std::string content_of(const fs::path& file);
// Whether `text` has `part` in it, begins with it, is wholly matched by it; a failure shows the text.
[[nodiscard]] ::testing::AssertionResult has(const std::string& text, const std::string& part);
[[nodiscard]] ::testing::AssertionResult begins(const std::string& text, const std::string& part);
[[nodiscard]] ::testing::AssertionResult matches(const std::string& text, const std::string& regex);
[[nodiscard]] bool is_running(pid_t pid);
// Living children of this process that left its session, and all below them: what workers are made of.
[[nodiscard]] std::vector<pid_t> worker_processes();

class RunnerTest : public ::testing::Test {
 protected:
  using Outcome = boost::system::result<lambda::InvokeResult, lambda::NotRun>;

  // Changes take effect before the first use of `runner`.
  RunnerOptions options;

  RunnerTest();
  ~RunnerTest() override;

  [[nodiscard]] ProcessRunner& runner();
  void stop_runner() { runner_.reset(); }

  [[nodiscard]] lambda::FunctionSpec function(const std::string& runtime, const std::string& handler,
                                              const std::vector<ArchiveEntry>& code);
  // A module `app` with `source`, whose function is `handler`.
  [[nodiscard]] lambda::FunctionSpec python(const std::string& source);
  [[nodiscard]] lambda::FunctionSpec node(const std::string& source, const std::string& file = "index.js");
  [[nodiscard]] lambda::FunctionSpec shell(const std::string& script);

  [[nodiscard]] std::future<Outcome> start(const lambda::FunctionSpec& f, const std::string& payload = "{}");
  // Runs it; a refusal is the test's failure.
  lambda::InvokeResult run(const lambda::FunctionSpec& f, const std::string& payload = "{}");
  nlohmann::json answer(const lambda::FunctionSpec& f, const std::string& payload = "{}");
  // The answer of one that fails.
  nlohmann::json error(const lambda::FunctionSpec& f, const std::string& payload = "{}");
  // Of all the runner's workers; without those that end, settle or have an invocation.
  [[nodiscard]] unsigned idle_workers() { return gauge("millrace_lambda_workers", {{"state", "idle"}}); }
  [[nodiscard]] unsigned busy_workers() { return gauge("millrace_lambda_workers", {{"state", "busy"}}); }
  [[nodiscard]] unsigned waiting() { return gauge("millrace_lambda_waiting_invocations", {}); }
  [[nodiscard]] std::string log_of(const lambda::FunctionSpec& f);
  [[nodiscard]] fs::path scratch(const std::string& name) const { return directory_.path() / name; }

  Archives archives;
  SystemClock clock;
  Probes probes;

 private:
  unsigned gauge(const char* name, Labels labels) {
    return static_cast<unsigned>(probes.gauge(name, "", std::move(labels)).value());
  }

  ScratchDirectory directory_;
  std::unique_ptr<ProcessRunner> runner_;
  boost::asio::thread_pool callers_{2};
  unsigned functions_ = 0;
};

}  // namespace millrace::functions
