#include "server/functions/worker_environment.h"

#include <openssl/rand.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

// What Lambda's /tmp holds unless told otherwise.
constexpr std::uint64_t kMaxFileBytes = 512ull << 20;

using Variables = std::map<std::string, std::string>;

bool is_executable(const fs::path& path) {
  std::error_code ec;
  return fs::is_regular_file(path, ec) && ::access(path.c_str(), X_OK) == 0;
}

bool is_provided(const std::string& runtime) { return runtime.starts_with("provided"); }

// What a function may set for itself.
Variables changeable(const RunnerOptions& options, const WorkerPlace& place) {
  const std::string code = place.code;
  Variables v = {{"PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"},
                 {"LD_LIBRARY_PATH", "/lib64:/usr/lib64:" + code + ":" + code + "/lib:/opt/lib"},
                 {"LANG", "en_US.UTF-8"},
                 {"TZ", ":UTC"},
                 {"HOME", place.scratch},
                 {"TMPDIR", place.scratch},
                 {"PYTHONPATH", code},
                 {"NODE_PATH", code + "/node_modules:" + code},
                 {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"}};
  if (!options.endpoint_url.empty()) v["AWS_ENDPOINT_URL"] = options.endpoint_url;
  if (!options.s3_endpoint_url.empty()) v["AWS_ENDPOINT_URL_S3"] = options.s3_endpoint_url;
  return v;
}

// What it may not.
Variables reserved(const lambda::FunctionSpec& f, const RunnerOptions& options, const WorkerPlace& place) {
  const Credentials c =
      options.credentials ? options.credentials(f) : Credentials{f.account, "millrace", std::string()};
  Variables v = {{"_HANDLER", f.handler},
                 {"LAMBDA_TASK_ROOT", place.code},
                 {"LAMBDA_RUNTIME_DIR", place.bootstraps},
                 {"AWS_REGION", f.region},
                 {"AWS_DEFAULT_REGION", f.region},
                 {"AWS_ACCESS_KEY_ID", c.access_key_id},
                 {"AWS_SECRET_ACCESS_KEY", c.secret_access_key},
                 {"AWS_LAMBDA_FUNCTION_NAME", f.name},
                 {"AWS_LAMBDA_FUNCTION_VERSION", f.version},
                 {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(f.memory_mb)},
                 {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
                 {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + f.name},
                 {"AWS_LAMBDA_LOG_STREAM_NAME", place.log_stream}};
  if (!c.session_token.empty()) v["AWS_SESSION_TOKEN"] = c.session_token;
  if (!is_provided(f.runtime)) v["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + f.runtime;
  return v;
}

NoCommand no_interpreter(const std::string& runtime, const char* setting, const std::string& value) {
  return {"runtime " + runtime + " needs \"" + value + "\", which is not on the server's PATH; --" + setting +
          " names another"};
}

boost::system::result<std::vector<std::string>, NoCommand> arguments_of(const lambda::FunctionSpec& f,
                                                                        const RunnerOptions& options,
                                                                        const WorkerPlace& place) {
  if (f.runtime.starts_with("python")) {
    const std::string python = find_executable(options.python);
    if (python.empty()) return no_interpreter(f.runtime, "python", options.python);
    return std::vector<std::string>{python, place.bootstraps / "bootstrap.py"};
  }
  if (f.runtime.starts_with("nodejs")) {
    const std::string node = find_executable(options.node);
    if (node.empty()) return no_interpreter(f.runtime, "node", options.node);
    // Room for what is not on V8's heap, so that it collects before the worker is killed.
    const std::string heap = "--max-old-space-size=" + std::to_string(f.memory_mb * 3 / 4);
    return std::vector<std::string>{node, heap, place.bootstraps / "bootstrap.mjs"};
  }
  if (is_provided(f.runtime)) {
    for (const fs::path& candidate : {place.code / "bootstrap", fs::path("/opt/bootstrap")}) {
      std::error_code ec;
      if (fs::is_regular_file(candidate, ec)) return std::vector<std::string>{candidate};
    }
    return NoCommand{"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", true};
  }
  return NoCommand{"runtime " + f.runtime +
                   " is none that this server runs: python3.x, nodejsN.x, provided.*"};
}

// Where `path` is that was written for Lambda, which has the code in /var/task.
std::string in_code(const fs::path& code, std::string_view path) {
  constexpr std::string_view kTask = "/var/task/";
  if (path.starts_with(kTask)) path.remove_prefix(kTask.size());
  return code / path;
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

std::string mark_of(std::uint16_t api_port) {
  return "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(api_port);
}

std::string new_log_stream(Time now, const std::string& version) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char date[16];
  std::strftime(date, sizeof date, "%Y/%m/%d", &parts);
  unsigned char random[16];
  RAND_bytes(random, sizeof random);
  std::string out = std::string(date) + "/[" + version + "]";
  for (const unsigned char byte : random) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    out += digits;
  }
  return out;
}

boost::system::result<Command, NoCommand> command_of(const lambda::FunctionSpec& function,
                                                     const RunnerOptions& options, const WorkerPlace& place) {
  auto arguments = arguments_of(function, options, place);
  if (arguments.has_error()) return arguments.error();
  Variables all = function.environment;
  all.merge(changeable(options, place));  // the function's own stay
  for (auto& [name, value] : reserved(function, options, place)) all[name] = value;

  Command command;
  command.arguments = std::move(*arguments);
  if (const auto wrapper = function.environment.find("AWS_LAMBDA_EXEC_WRAPPER");
      wrapper != function.environment.end())
    command.arguments.insert(command.arguments.begin(), in_code(place.code, wrapper->second));
  for (const auto& [name, value] : all)
    if (name != "AWS_LAMBDA_RUNTIME_API") command.environment.push_back(name + "=" + value);
  command.environment.push_back(mark_of(place.api_port));
  command.directory = place.code;
  // The watchdog holds the resident memory to the function's size; this bounds what can be taken between two
  // of its looks. Not the address space: V8 reserves more of that than any machine has memory.
  command.data_bytes = (std::uint64_t{function.memory_mb} * 2 + 512) << 20;
  command.file_bytes = kMaxFileBytes;
  return command;
}

}  // namespace millrace::functions
