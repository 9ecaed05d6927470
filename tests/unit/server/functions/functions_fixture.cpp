#include "tests/unit/server/functions/functions_fixture.h"

#include <fcntl.h>
#include <openssl/sha.h>
#include <unistd.h>
#include <zip.h>

#include <csignal>
#include <regex>
#include <set>
#include <sstream>

#include "api/core/base64.h"
#include "server/functions/logs/function_log.h"

namespace millrace::functions {

namespace asio = boost::asio;

ScratchDirectory::ScratchDirectory() {
  std::string name = (fs::temp_directory_path() / "millrace-functions-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string archive_of(const std::vector<ArchiveEntry>& entries) {
  const ScratchDirectory directory;
  const std::string path = directory.path() / "archive.zip";
  int wrong = 0;
  zip_t* zip = ::zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &wrong);
  if (!zip) throw std::runtime_error("zip_open " + std::to_string(wrong));
  for (const ArchiveEntry& e : entries) {
    zip_source_t* source = ::zip_source_buffer(zip, e.content.data(), e.content.size(), 0);
    const zip_int64_t index = ::zip_file_add(zip, e.name.c_str(), source, ZIP_FL_OVERWRITE);
    ::zip_file_set_external_attributes(zip, static_cast<zip_uint64_t>(index), 0, ZIP_OPSYS_UNIX,
                                       e.mode << 16);
  }
  if (::zip_close(zip) != 0) throw std::runtime_error(std::string("zip_close ") + ::zip_strerror(zip));
  return content_of(path);
}

std::string digest_of(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return base64_encode({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::string Archives::add(std::string archive) {
  std::string digest = digest_of(archive);
  const std::lock_guard lock(mutex_);
  archives_[digest] = std::move(archive);
  return digest;
}

asio::awaitable<std::optional<std::string>> Archives::zip_of(std::string, std::string sha) {
  ++asked;
  const std::lock_guard lock(mutex_);
  const auto found = archives_.find(sha);
  co_return found == archives_.end() ? std::nullopt : std::optional(found->second);
}

std::string content_of(const fs::path& file) {
  std::string out;
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  char bytes[16 << 10];
  for (ssize_t n = 0; fd >= 0 && (n = ::read(fd, bytes, sizeof bytes)) > 0;)
    out.append(bytes, static_cast<std::size_t>(n));
  if (fd >= 0) ::close(fd);
  return out;
}

namespace {

::testing::AssertionResult shown(bool good, const std::string& text, const std::string& wanted) {
  constexpr std::size_t kShown = 4000;
  const std::string end = text.substr(text.size() - std::min(text.size(), kShown));
  if (good) return ::testing::AssertionSuccess() << "found \"" << wanted << "\" in:\n" << end;
  return ::testing::AssertionFailure() << "did not find \"" << wanted << "\" in:\n" << end;
}

}  // namespace

::testing::AssertionResult has(const std::string& text, const std::string& part) {
  return shown(text.find(part) != text.npos, text, part);
}

::testing::AssertionResult begins(const std::string& text, const std::string& part) {
  return shown(text.starts_with(part), text, part);
}

::testing::AssertionResult matches(const std::string& text, const std::string& regex) {
  return shown(std::regex_match(text, std::regex(regex)), text, regex);
}

namespace {

struct ProcessLine {
  char state = 0;
  pid_t parent = 0, session = 0;
};

std::optional<ProcessLine> process_line(pid_t pid) {
  const std::string text = content_of("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = text.rfind(')');
  if (name_end == text.npos) return std::nullopt;
  ProcessLine p;
  int group = 0;
  if (std::sscanf(text.c_str() + name_end + 1, " %c %d %d %d", &p.state, &p.parent, &group, &p.session) != 4)
    return std::nullopt;
  return p;
}

}  // namespace

bool is_running(pid_t pid) {
  const auto p = process_line(pid);
  return p && p->state != 'Z' && p->state != 'X';
}

std::vector<pid_t> worker_processes() {
  std::map<pid_t, ProcessLine> all;
  for (const auto& entry : fs::directory_iterator("/proc"))
    if (const pid_t pid = std::atoi(entry.path().filename().c_str()); pid > 0)
      if (const auto p = process_line(pid)) all[pid] = *p;
  std::set<pid_t> found;
  for (std::size_t before = 1; before != found.size();) {
    before = found.size();
    for (const auto& [pid, p] : all)
      if ((p.parent == ::getpid() && p.session != ::getsid(0)) || found.contains(p.parent)) found.insert(pid);
    if (found.empty()) break;
  }
  std::erase_if(found, [&all](pid_t pid) { return all[pid].state == 'Z'; });
  return {found.begin(), found.end()};
}

RunnerTest::RunnerTest() {
  options.work_dir = directory_.path() / "functions";
  options.max_workers = 4;
  // Functions tell the tests by files what they do; the sandbox has tests of its own.
  options.sandbox = RunnerOptions::WithSandbox::off;
  // Debian's own, not what a version manager puts before it: that starts processes of its own.
  if (fs::exists("/usr/bin/python3")) options.interpreters.python = "/usr/bin/python3";
}

RunnerTest::~RunnerTest() {
  runner_.reset();
  callers_.join();
}

ProcessRunner& RunnerTest::runner() {
  if (!runner_) runner_ = std::make_unique<ProcessRunner>(options, archives, clock, probes);
  return *runner_;
}

lambda::FunctionSpec RunnerTest::function(const std::string& runtime, const std::string& handler,
                                          const std::vector<ArchiveEntry>& code) {
  lambda::FunctionSpec f;
  f.account = "123456789012";
  f.region = "eu-central-1";
  f.name = "function-" + std::to_string(++functions_);
  f.arn = "arn:aws:lambda:eu-central-1:123456789012:function:" + f.name;
  f.runtime = runtime;
  f.handler = handler;
  f.code_sha256 = archives.add(archive_of(code));
  f.revision = "1";
  f.timeout_s = 10;
  return f;
}

lambda::FunctionSpec RunnerTest::python(const std::string& source) {
  return function("python3.11", "app.handler", {{"app.py", source}});
}

lambda::FunctionSpec RunnerTest::node(const std::string& source, const std::string& file) {
  return function("nodejs20.x", file.substr(0, file.find('.')) + ".handler", {{file, source}});
}

lambda::FunctionSpec RunnerTest::shell(const std::string& script) {
  return function("provided.al2023", "unused", {{"bootstrap", "#!/bin/sh\n" + script, 0100755}});
}

std::future<RunnerTest::Outcome> RunnerTest::start(const lambda::FunctionSpec& f,
                                                   const std::string& payload) {
  return asio::co_spawn(callers_, runner().invoke(f, payload), asio::use_future);
}

lambda::InvokeResult RunnerTest::run(const lambda::FunctionSpec& f, const std::string& payload) {
  Outcome outcome = start(f, payload).get();
  if (outcome) return *outcome;
  ADD_FAILURE() << "not run: " << outcome.error().detail;
  return {};
}

nlohmann::json RunnerTest::answer(const lambda::FunctionSpec& f, const std::string& payload) {
  const lambda::InvokeResult result = run(f, payload);
  EXPECT_EQ(result.function_error, std::nullopt) << result.payload;
  return nlohmann::json::parse(result.payload, nullptr, false);
}

nlohmann::json RunnerTest::error(const lambda::FunctionSpec& f, const std::string& payload) {
  const lambda::InvokeResult result = run(f, payload);
  EXPECT_EQ(result.function_error, "Unhandled") << result.payload;
  return nlohmann::json::parse(result.payload, nullptr, false);
}

std::string RunnerTest::log_of(const lambda::FunctionSpec& f) {
  runner().settle_logs();
  const fs::path path = runner().log_path(f.account, f.region, f.name);
  std::istringstream lines(content_of(path.string() + ".1") + content_of(path));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += std::string(parse_log_line(line).text) + "\n";
  return out;
}

}  // namespace millrace::functions
