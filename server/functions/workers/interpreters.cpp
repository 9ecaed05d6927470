#include "server/functions/workers/interpreters.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <sstream>

#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxAnswer = 64 << 10;

bool is_executable(const fs::path& path) {
  std::error_code ec;
  return fs::is_regular_file(path, ec) && ::access(path.c_str(), X_OK) == 0;
}

// Asks one program at a time, on both its outputs.
struct Probe {
  const std::chrono::milliseconds patience;
  bool late = false;  // whether the last one did not end in time

  [[nodiscard]] std::string output_of(const std::vector<std::string>& command);
  [[nodiscard]] std::map<std::string, std::string> ask(const std::string& language,
                                                       const std::string& program);
};

// What a program prints; what it does not in time is missing. Blocks.
std::string Probe::output_of(const std::vector<std::string>& command) {
  late = false;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  // Nothing of the server's, which it would hold on to should the server be killed.
  ::posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  std::vector<char*> arguments;
  for (const std::string& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string out;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (failed == 0 && out.size() < kMaxAnswer) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{ends[0], POLLIN, 0};
    late = left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0;
    if (late) break;
    char buffer[4096];
    const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    out.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  if (failed == 0) {
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return out;
}

// Lines "MILLRACE name value" out of what a program printed.
std::map<std::string, std::string> answers_of(const std::string& output) {
  std::map<std::string, std::string> out;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string mark, name, value;
    if (!(words >> mark >> name) || mark != "MILLRACE" || !std::getline(words >> std::ws, value)) continue;
    out[name] = value.substr(0, value.find_last_not_of(' ') + 1);
  }
  return out;
}

// "    java.home = /usr/lib/jvm/..."
std::map<std::string, std::string> java_answers_of(const std::string& output) {
  std::map<std::string, std::string> out;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find(" = "), begin = line.find_first_not_of(' ');
    if (equals == line.npos || begin >= equals) continue;
    const std::string name = line.substr(begin, equals - begin), value = line.substr(equals + 3);
    if (name == "java.home") {
      out["path"] = value + "/bin/java";
      out["directory"] = value;
    } else if (name == "java.specification.version") {
      out["version"] = value;
    }
  }
  return out;
}

std::map<std::string, std::string> Probe::ask(const std::string& language, const std::string& program) {
  if (language == "python")
    return answers_of(output_of(
        {program, "-I", "-c",
         "import sys, platform\n"
         "print('MILLRACE path', sys.executable, '\\nMILLRACE version', platform.python_version(),\n"
         "      '\\nMILLRACE directory', sys.prefix, '\\nMILLRACE base', sys.base_prefix)"}));
  if (language == "nodejs")
    return answers_of(output_of(
        {program, "-e",
         "console.log(`MILLRACE path ${process.execPath}\\nMILLRACE version ${process.versions.node}\\n` +\n"
         "  `MILLRACE directory ${require('path').dirname(require('path').dirname(process.execPath))}`)"}));
  if (language == "ruby")
    return answers_of(
        output_of({program, "-e",
                   "puts \"MILLRACE path #{RbConfig.ruby}\\nMILLRACE version #{RUBY_VERSION}\\n\" +\n"
                   "  \"MILLRACE directory #{RbConfig::CONFIG['prefix']}\""}));
  return java_answers_of(output_of({program, "-XshowSettings:properties", "-version"}));
}

// "python3.12" is "python" and "3.12"; "java8.al2" is "java" and "8".
struct RuntimeName {
  std::string language, version;

  explicit RuntimeName(const std::string& runtime) {
    const std::size_t digits = runtime.find_first_of("0123456789");
    language = runtime.substr(0, digits);
    version = digits == runtime.npos ? "" : runtime.substr(digits);
    if (language == "nodejs" || language == "java") version = version.substr(0, version.find('.'));
  }
};

int number(const std::string& text) {
  int out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// Languages that there is an interpreter for.
bool is_interpreted(const std::string& language) {
  return language == "python" || language == "nodejs" || language == "ruby" || language == "java";
}

boost::system::result<Interpreter, NoCommand> look_for(const InterpreterNames& names,
                                                       const std::string& runtime,
                                                       std::chrono::milliseconds patience) {
  const RuntimeName wanted(runtime);
  if (!is_interpreted(wanted.language))
    return NoCommand{
        "runtime " + runtime +
        " is not supported by this server. Supported: python3.x, nodejsN.x, rubyN.x, javaN, provided.*"};
  const bool python = wanted.language == "python", ruby = wanted.language == "ruby",
             java = wanted.language == "java";
  const std::string& named = python ? names.python : ruby ? names.ruby : java ? names.java : names.node;
  const std::string setting = python ? "python" : ruby ? "ruby" : java ? "java" : "node";
  std::vector<std::string> candidates;
  const InterpreterNames standard;
  if ((python && named == standard.python) || (ruby && named == standard.ruby))
    candidates.push_back(wanted.language + wanted.version);  // python3.12
  candidates.push_back(named);
  std::string found_other, late;
  Probe probe{patience};
  for (const std::string& candidate : candidates) {
    const std::string program = find_executable(candidate);
    if (program.empty()) continue;
    auto answers = probe.ask(wanted.language, program);
    if (!is_executable(answers["path"])) {
      if (probe.late) late = program;
      continue;
    }
    if (java && number(answers["version"]) < number(wanted.version)) {
      found_other = answers["version"];
      continue;
    }
    log::info("runtime_found",
              {{"runtime", runtime}, {"interpreter", answers["path"]}, {"version", answers["version"]}});
    Interpreter out{answers["path"], {answers["directory"]}};
    if (!answers["base"].empty()) out.directories.emplace_back(answers["base"]);
    return out;
  }
  if (!late.empty())  // the machine may be busy
    return NoCommand{
        fmt::format("runtime {} requires \"{}\", but {} did not answer in {:g} s; the server tries again "
                    "at the next invocation",
                    runtime, named, late, static_cast<double>(patience.count()) / 1000)};
  if (!found_other.empty())
    return NoCommand{"runtime " + runtime + " requires Java " + wanted.version + " or newer, but \"" + named +
                     "\" is version " + found_other + "; set --java to another one"};
  return NoCommand{"runtime " + runtime + " requires \"" + named +
                   "\", which is not in the server's PATH or is not " + wanted.language + "; set --" +
                   setting + " to another interpreter"};
}

asio::awaitable<boost::system::result<Interpreter, NoCommand>> look_there(
    InterpreterNames names, std::string runtime, std::chrono::milliseconds patience) {
  co_return look_for(names, runtime, patience);
}

}  // namespace

std::string find_executable(const std::string& name) {
  if (name.find('/') != name.npos) return is_executable(name) ? fs::absolute(name).string() : std::string();
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    const fs::path candidate = fs::path(folder) / name;
    if (!folder.empty() && is_executable(candidate)) return fs::absolute(candidate).string();
    rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
  }
  return {};
}

asio::awaitable<boost::system::result<Interpreter, NoCommand>> Interpreters::find(std::string runtime) {
  if (const auto it = known_.find(runtime); it != known_.end()) co_return it->second;
  auto found = co_await asio::co_spawn(pool_, look_there(names_, runtime, patience_), asio::use_awaitable);
  if (found.has_value()) known_[runtime] = *found;
  co_return found;
}

}  // namespace millrace::functions
