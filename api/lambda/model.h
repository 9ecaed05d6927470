// Functions and their names: rules that need no I/O.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/lambda/functions/zip_content.h"
#include "api/lambda/runner.h"
#include "storage/base/ids.h"
#include "storage/clock.h"
#include "storage/probe.h"

namespace millrace::lambda {

using Variables = std::map<std::string, std::string>;

inline constexpr const char* kLatest = "$LATEST";

// What becomes of asynchronous invocations of a version or alias.
struct EventInvokeConfig {
  std::optional<int> retries, max_age_s;
  std::string on_success, on_failure;  // see destination.h; empty: none
  Time modified{};
};

// Which web pages of other origins may call a function URL, and how.
struct UrlCors {
  bool allow_credentials = false;
  std::vector<std::string> allow_headers, allow_methods, allow_origins, expose_headers;  // "*": any
  std::optional<int> max_age_s;
};

// An address by which a function, or an alias of it, is invoked over plain HTTP.
struct FunctionUrl {
  std::string id;  // in the URL; unguessable, never used again
  Time created{}, modified{};
  std::optional<UrlCors> cors;
};

// A layer as a function has it: it stays with the function when the layer is deleted.
struct LayerUse {
  std::string arn;          // with the number
  std::string code_sha256;  // base64
  std::uint64_t code_bytes = 0;

  bool operator==(const LayerUse&) const = default;
};

struct Function {
  std::string account, region, name;
  std::string version = kLatest;  // or a number: published, and never changed again
  std::string role, runtime, handler, description;
  std::uint32_t timeout_s = 3, memory_mb = 128, ephemeral_mb = 512;
  std::optional<Variables> environment;
  std::string code_sha256;  // base64, as clients see it
  std::uint64_t code_bytes = 0;
  std::vector<LayerUse> layers;  // the later one wins where two have the same file
  std::string dead_letter;       // where failed asynchronous events go, see destination.h; empty: nowhere
  std::string revision;          // UUID; another one with each change of code or configuration
  Time modified{};
  // Of kLatest alone: what belongs to all versions.
  std::map<std::string, std::string> tags;
  std::uint64_t last_version = 0;                          // ever published; numbers are not used again
  std::optional<std::string> published_description;        // its own when it was last published
  std::optional<std::uint32_t> reserved;                   // concurrent invocations, at most
  std::map<std::string, EventInvokeConfig> event_configs;  // by qualifier
  std::map<std::string, FunctionUrl> urls;                 // by qualifier

  [[nodiscard]] std::string arn() const;  // without the version
  // Whether both run the same code in the same way.
  [[nodiscard]] bool same_as(const Function& other) const;
  // What the runner needs to know.
  [[nodiscard]] FunctionSpec spec() const;
};

// A name for a version of a function, or for two that share its invocations.
struct Alias {
  std::string name;
  std::string version;  // kLatest or a number
  std::string description;
  std::string revision;                      // UUID; another one with each change
  std::map<std::string, double> additional;  // version: its share of the invocations
};

// Of a function's series: those that have exactly these go when it is deleted.
[[nodiscard]] Labels function_labels(std::string account, std::string region, std::string name);
[[nodiscard]] std::string function_arn(std::string_view account, std::string_view region,
                                       std::string_view name);

// A function's name as requests give it: bare, "name:qualifier", "123456789012:function:name", or an ARN.
struct FunctionName {
  std::string name;
  std::optional<std::string> account, region, qualifier;
};
// `text` has the pattern of shapes.h's kFunctionName.
[[nodiscard]] FunctionName parse_function_name(std::string_view text);

enum class Runtime { runs, known, unknown };  // known: AWS has or had it, this server does not run it
[[nodiscard]] Runtime classify_runtime(const std::string& name);
[[nodiscard]] std::string runtimes_that_run();  // "python3.9, python3.10, ..."
[[nodiscard]] std::string runtimes_of_aws();    // all that AWS's message names

// The reserved names among the variables, with commas; empty when there are none.
[[nodiscard]] std::string reserved_variables(const Variables& variables);

// "2026-01-31T12:34:56.789+0000".
[[nodiscard]] std::string iso_time(Time t);

// In [0, 1), for choices and pauses that others must not make at the same time.
[[nodiscard]] double random_fraction();

// The processor that functions run on, in AWS's spelling.
#if defined(__aarch64__)
inline constexpr const char* kArchitecture = "arm64";
#else
inline constexpr const char* kArchitecture = "x86_64";
#endif

}  // namespace millrace::lambda
