#include "api/lambda/model.h"

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <vector>

#include "api/core/arn.h"
#include "api/core/dates.h"
#include "api/core/digest.h"

namespace millrace::lambda {

namespace {

constexpr std::array kRun = {"python3.9",  "python3.10", "python3.11", "python3.12",   "python3.13",
                             "python3.14", "nodejs18.x", "nodejs20.x", "nodejs22.x",   "nodejs24.x",
                             "java8.al2",  "java11",     "java17",     "java21",       "java25",
                             "ruby3.2",    "ruby3.3",    "ruby3.4",    "provided.al2", "provided.al2023"};
// In the order of AWS's message (LocalStack's recording test_create_lambda_exceptions).
constexpr std::array kOfAws = {"nodejs20.x", "python3.14", "provided.al2023", "python3.12",   "python3.13",
                               "nodejs24.x", "nodejs22.x", "java25",          "python3.10",   "python3.11",
                               "java21",     "ruby3.3",    "ruby3.4",         "ruby3.2",      "python3.8",
                               "python3.9",  "java17",     "nodejs16.x",      "dotnet10",     "dotnet8",
                               "java11",     "dotnet6",    "nodejs18.x",      "provided.al2", "java8.al2"};
constexpr std::array kRetired = {
    "nodejs",        "nodejs4.3",     "nodejs4.3-edge", "nodejs6.10",    "nodejs8.10", "nodejs10.x",
    "nodejs12.x",    "nodejs14.x",    "python2.7",      "python3.6",     "python3.7",  "java8",
    "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",  "dotnetcore3.1", "dotnet5.0",  "dotnet7",
    "ruby2.5",       "ruby2.7",       "go1.x",          "provided"};

constexpr std::array kReserved = {"_HANDLER",
                                  "_X_AMZN_TRACE_ID",
                                  "AWS_DEFAULT_REGION",
                                  "AWS_REGION",
                                  "AWS_EXECUTION_ENV",
                                  "AWS_LAMBDA_FUNCTION_NAME",
                                  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                  "AWS_LAMBDA_FUNCTION_VERSION",
                                  "AWS_LAMBDA_INITIALIZATION_TYPE",
                                  "AWS_LAMBDA_LOG_GROUP_NAME",
                                  "AWS_LAMBDA_LOG_STREAM_NAME",
                                  "AWS_ACCESS_KEY",
                                  "AWS_ACCESS_KEY_ID",
                                  "AWS_SECRET_ACCESS_KEY",
                                  "AWS_SESSION_TOKEN",
                                  "AWS_LAMBDA_RUNTIME_API",
                                  "LAMBDA_TASK_ROOT",
                                  "LAMBDA_RUNTIME_DIR"};

template <class List>
bool contains(const List& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [&](const char* e) { return text == e; });
}

template <class List>
void append(std::string& out, const List& list) {
  for (const char* e : list) out += (out.empty() ? "" : ", ") + std::string(e);
}

bool is_account(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Labels function_labels(std::string account, std::string region, std::string name) {
  return {{"account", std::move(account)}, {"region", std::move(region)}, {"function", std::move(name)}};
}

std::string function_arn(std::string_view account, std::string_view region, std::string_view name) {
  return arn_of("lambda", region, account, "function:" + std::string(name));
}

std::string Function::arn() const { return function_arn(account, region, name); }

bool Function::same_as(const Function& o) const {
  const auto settings = [](const Function& f) {
    return std::tie(f.role, f.runtime, f.handler, f.timeout_s, f.memory_mb, f.ephemeral_mb, f.environment,
                    f.code_sha256, f.layers, f.dead_letter);
  };
  return settings(*this) == settings(o);
}

FunctionSpec Function::spec() const {
  FunctionSpec s;
  s.account = account;
  s.region = region;
  s.name = name;
  s.arn = arn();
  s.role = role;
  s.version = version;
  s.revision = revision;
  s.reserved = reserved;
  s.runtime = runtime;
  s.handler = handler;
  s.code_sha256 = code_sha256;
  for (const LayerUse& layer : layers) s.layers.push_back(layer.code_sha256);
  if (environment) s.environment = *environment;
  s.memory_mb = memory_mb;
  s.ephemeral_mb = ephemeral_mb;
  s.timeout_s = timeout_s;
  return s;
}

FunctionName parse_function_name(std::string_view text) {
  std::vector<std::string_view> parts = split(text, ':');
  FunctionName out;
  std::size_t at = 0;
  if (parts.size() > 3 && parts[0] == "arn") at = 3;  // arn:aws:lambda:
  const auto more_than = [&](std::size_t n) { return parts.size() - at > n; };
  // A region is told from a name by its place alone: an account or "function" must follow it.
  if (more_than(2) && (is_account(parts[at + 1]) || parts[at + 1] == "function") && !is_account(parts[at]))
    out.region = parts[at++];
  if (more_than(1) && is_account(parts[at])) out.account = parts[at++];
  if (more_than(1) && parts[at] == "function") ++at;
  out.name = parts[at++];
  if (at < parts.size()) out.qualifier = parts[at];
  return out;
}

Runtime classify_runtime(const std::string& name) {
  if (contains(kRun, name)) return Runtime::runs;
  return contains(kOfAws, name) || contains(kRetired, name) ? Runtime::known : Runtime::unknown;
}

std::string runtimes_that_run() {
  std::string out;
  append(out, kRun);
  return out;
}

std::string runtimes_of_aws() {
  std::string out;
  append(out, kOfAws);
  return out;
}

std::string reserved_variables(const Variables& variables) {
  std::string out;
  for (const auto& [name, value] : variables)
    if (contains(kReserved, name)) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string iso_time(Time t) {
  std::string out = iso8601(t);
  out.replace(out.size() - 1, 1, "+0000");
  return out;
}

double random_fraction() {
  thread_local std::mt19937 source{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(source);
}

}  // namespace millrace::lambda
