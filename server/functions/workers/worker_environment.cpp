#include "server/functions/workers/worker_environment.h"

#include <cstdio>

#include "storage/base/ids.h"
#include "storage/base/times.h"

namespace millrace::functions {

namespace fs = std::filesystem;

namespace {

using Variables = std::map<std::string, std::string>;

bool is_provided(const std::string& runtime) { return runtime.starts_with("provided"); }

// The paths of a list, with colons; empty ones are left out.
std::string joined(std::initializer_list<std::string> paths) {
  std::string out;
  for (const std::string& path : paths)
    if (!path.empty()) out += (out.empty() ? "" : ":") + path;
  return out;
}

// Where a path of the layers is; empty when there are none.
std::string layered(const WorkerPlace& place, const char* path) {
  return place.layers.seen.empty() ? "" : place.layers.seen / path;
}

// "3.12" of "python3.12"; empty for other runtimes.
std::string python_version(const std::string& runtime) {
  return runtime.starts_with("python") ? runtime.substr(6) : "";
}

// What a function may set for itself. Paths of layers: Lambda developer guide, "Packaging your layer
// content".
Variables changeable(const lambda::FunctionSpec& f, const RunnerOptions& options, const WorkerPlace& place) {
  const std::string code = place.code.seen, scratch = place.scratch.seen;
  const std::string site = "python/lib/python" + python_version(f.runtime) + "/site-packages";
  Variables v = {
      {"PATH", joined({"/usr/local/bin:/usr/bin:/bin", layered(place, "bin")})},
      {"LD_LIBRARY_PATH", joined({"/lib64:/usr/lib64", code, code + "/lib", layered(place, "lib")})},
      {"LANG", "en_US.UTF-8"},
      {"TZ", ":UTC"},
      {"HOME", scratch},
      {"TMPDIR", scratch},
      {"PYTHONPATH", joined({code, layered(place, "python"), layered(place, site.c_str())})},
      {"NODE_PATH", joined({code + "/node_modules", code, layered(place, "nodejs/node_modules")})},
      {"RUBYLIB", joined({code, layered(place, "ruby/lib")})},
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
                 {"LAMBDA_TASK_ROOT", place.code.seen},
                 {"LAMBDA_RUNTIME_DIR", place.runtime.seen},
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

// AWS's runtime interface client for Java, which loads a handler: in the directory that the server was given,
// or brought by the function.
bool has_java_client(const fs::path& directory) {
  std::error_code ec;
  for (const auto& file : fs::directory_iterator(directory, ec))
    if (file.path().filename().string().starts_with("aws-lambda-java-runtime-interface-client")) return true;
  return false;
}

boost::system::result<std::vector<std::string>, NoCommand> java_arguments(const lambda::FunctionSpec& f,
                                                                          const RunnerOptions& options,
                                                                          const Interpreter& java,
                                                                          const WorkerPlace& place) {
  std::string classes = joined({place.code.seen, place.code.seen / "lib/*", layered(place, "java/lib/*")});
  if (has_java_client(options.java_runtime)) {
    classes += ":" + (options.java_runtime / "*").string();
  } else if (!has_java_client(place.code.here / "lib") &&
             (place.layers.here.empty() || !has_java_client(place.layers.here / "java/lib"))) {
    return NoCommand{
        "runtime " + f.runtime +
        " requires the jars of AWS's aws-lambda-java-runtime-interface-client and its dependencies, in the "
        "directory set with --java-runtime, in lib/ of the function, or in java/lib/ of a layer"};
  }
  return std::vector<std::string>{java.path,
                                  "-Xmx" + std::to_string(f.memory_mb * 3 / 4) + "m",
                                  "-XX:+UseSerialGC",
                                  "-XX:TieredStopAtLevel=1",
                                  "-Djava.io.tmpdir=" + place.scratch.seen.string(),
                                  "-cp",
                                  classes,
                                  "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
                                  f.handler};
}

boost::system::result<std::vector<std::string>, NoCommand> arguments_of(const lambda::FunctionSpec& f,
                                                                        const RunnerOptions& options,
                                                                        const Interpreter& interpreter,
                                                                        const WorkerPlace& place) {
  const fs::path& runtime = place.runtime.seen;
  if (f.runtime.starts_with("python"))
    return std::vector<std::string>{interpreter.path, runtime / "bootstrap.py"};
  if (f.runtime.starts_with("ruby"))
    return std::vector<std::string>{interpreter.path, runtime / "bootstrap.rb"};
  if (f.runtime.starts_with("java")) return java_arguments(f, options, interpreter, place);
  if (f.runtime.starts_with("nodejs")) {
    // Room for what is not on V8's heap, so that it collects before the worker is killed.
    const std::string heap = "--max-old-space-size=" + std::to_string(f.memory_mb * 3 / 4);
    return std::vector<std::string>{interpreter.path, heap, runtime / "bootstrap.mjs"};
  }
  for (const MappedDirectory& root : {place.code, place.layers}) {
    std::error_code ec;
    if (!root.here.empty() && fs::is_regular_file(root.here / "bootstrap", ec))
      return std::vector<std::string>{root.seen / "bootstrap"};
  }
  return NoCommand{"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", true};
}

// Where `path` is that was written for Lambda, which has the code in /var/task and layers in /opt.
std::string in_place(const WorkerPlace& place, std::string_view path) {
  const auto behind = [&path](std::string_view head) {
    if (!path.starts_with(head)) return false;
    path.remove_prefix(head.size());
    return true;
  };
  if (behind("/opt/")) return place.layers.seen / path;
  (void)behind("/var/task/");
  return place.code.seen / path;
}

}  // namespace

bool is_managed(const std::string& runtime) { return !is_provided(runtime); }

std::string mark_of(std::uint16_t api_port) {
  return "AWS_LAMBDA_RUNTIME_API=127.0.0.1:" + std::to_string(api_port);
}

std::string new_log_stream(Time now, const std::string& version) {
  return utc_text(now, "%Y/%m/%d") + "/[" + version + "]" + random_hex(32);
}

boost::system::result<Command, NoCommand> command_of(const lambda::FunctionSpec& function,
                                                     const RunnerOptions& options,
                                                     const Interpreter& interpreter,
                                                     const WorkerPlace& place) {
  auto arguments = arguments_of(function, options, interpreter, place);
  if (arguments.has_error()) return arguments.error();
  Variables all = function.environment;
  all.merge(changeable(function, options, place));  // the function's own stay
  for (auto& [name, value] : reserved(function, options, place)) all[name] = value;

  Command command;
  command.arguments = std::move(*arguments);
  if (const auto wrapper = function.environment.find("AWS_LAMBDA_EXEC_WRAPPER");
      wrapper != function.environment.end())
    command.arguments.insert(command.arguments.begin(), in_place(place, wrapper->second));
  for (const auto& [name, value] : all)
    if (name != "AWS_LAMBDA_RUNTIME_API") command.environment.push_back(name + "=" + value);
  command.environment.push_back(mark_of(place.api_port));
  command.directory = place.code.seen;
  // The watchdog holds the resident memory to the function's size; this bounds what can be taken between two
  // of its looks. Not the address space: V8 reserves more of that than any machine has memory.
  command.data_bytes = (std::uint64_t{function.memory_mb} * 2 + 512) << 20;
  command.file_bytes = std::uint64_t{function.ephemeral_mb} << 20;
  return command;
}

}  // namespace millrace::functions
