#include "api/lambda/model.h"

#include <openssl/rand.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "api/core/digest.h"

namespace millrace::lambda {

namespace {

constexpr std::array kRun = {"python3.9",  "python3.10", "python3.11", "python3.12",   "python3.13",
                             "python3.14", "nodejs18.x", "nodejs20.x", "nodejs22.x",   "nodejs24.x",
                             "java8.al2",  "java11",     "java17",     "java21",       "java25",
                             "ruby3.2",    "ruby3.3",    "ruby3.4",    "provided.al2", "provided.al2023"};
constexpr std::array kCurrentElsewhere = {"dotnet6", "dotnet8", "dotnet10"};
constexpr std::array kRetired = {
    "nodejs",     "nodejs4.3",  "nodejs4.3-edge", "nodejs6.10",    "nodejs8.10",    "nodejs10.x",
    "nodejs12.x", "nodejs14.x", "nodejs16.x",     "python2.7",     "python3.6",     "python3.7",
    "python3.8",  "java8",      "dotnetcore1.0",  "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1",
    "dotnet5.0",  "dotnet7",    "ruby2.5",        "ruby2.7",       "go1.x",         "provided"};

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

std::string function_arn(std::string_view account, std::string_view region, std::string_view name) {
  std::string out = "arn:aws:lambda:";
  out.append(region).append(":").append(account).append(":function:").append(name);
  return out;
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
  return contains(kCurrentElsewhere, name) || contains(kRetired, name) ? Runtime::known : Runtime::unknown;
}

std::string runtimes_that_run() {
  std::string out;
  append(out, kRun);
  return out;
}

std::string runtimes_of_aws() {
  std::string out;
  append(out, kRun);
  append(out, kCurrentElsewhere);
  return out;
}

std::string reserved_variables(const Variables& variables) {
  std::string out;
  for (const auto& [name, value] : variables)
    if (contains(kReserved, name)) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string iso_time(Time t) {
  const std::int64_t ms = t.time_since_epoch().count();
  const std::time_t s = ms / 1000;
  std::tm parts{};
  gmtime_r(&s, &parts);
  char date[32], out[64];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(out, sizeof out, "%s.%03d+0000", date, static_cast<int>(ms % 1000));
  return out;
}

std::string new_uuid() {
  std::string bytes(16, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), 16) != 1) throw std::bad_alloc();
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string out = hex(bytes);
  for (const std::size_t at : {20, 16, 12, 8}) out.insert(at, 1, '-');
  return out;
}

double random_fraction() {
  thread_local std::mt19937 source{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(source);
}

ZipContent inspect_zip(const std::string& bytes) {
  if (bytes.empty()) return {ZipState::empty};
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* opened = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
  if (!opened && source) zip_source_free(source);
  zip_error_fini(&error);
  if (!opened) return {ZipState::unreadable};
  const std::unique_ptr<zip_t, decltype(&zip_discard)> archive(opened, &zip_discard);
  const zip_int64_t count = zip_get_num_entries(archive.get(), 0);
  if (count <= 0) return {ZipState::empty};
  std::uint64_t total = 0;
  for (zip_int64_t i = 0; i < count; ++i) {
    zip_stat_t entry;
    if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(i), 0, &entry) != 0)
      return {ZipState::unreadable};
    if (!(entry.valid & ZIP_STAT_SIZE)) return {ZipState::unreadable};
    if (entry.size > kMaxUnzippedBytes - total) return {ZipState::too_large_unzipped};
    total += entry.size;
  }
  return {ZipState::good, total};
}

}  // namespace millrace::lambda
