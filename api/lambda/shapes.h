// Constraints and structures that more than one operation uses. Sources: botocore lambda/2015-03-31,
// LocalStack's recordings of AWS for the patterns as messages print them.
#pragma once

#include "api/core/operation.h"
#include "api/lambda/model.h"

namespace millrace::lambda {

inline constexpr PatternRule kFunctionNamePattern = pattern(
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?"
    "(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?");
inline constexpr Rules kFunctionName = rules(required, length(1, 170), kFunctionNamePattern);
// The operations that read take a dot too, for names of functions that AWS shares.
inline constexpr Rules kNamespacedFunctionName =
    rules(required, length(1, 170),
          pattern("(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?"
                  "(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"));
inline constexpr Rules kQualifier =
    rules(length(1, 128), pattern("\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"));
inline constexpr Rules kMaxItems = rules(range(1, 10000));
inline constexpr Rules kTaggedArn = rules(
    required,
    pattern(
        "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:"
        "[a-zA-"
        "Z0-"
        "9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|"
        "event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|"
        "capacity-provider:[a-zA-Z0-9-_]+)"));
inline constexpr std::size_t kMaxTags = 50;

struct EnvironmentOutput {
  Variables variables;
};
inline constexpr auto kEnvironmentOutput =
    shape<EnvironmentOutput>(field("Variables", &EnvironmentOutput::variables));

struct DeadLetterConfig {
  std::optional<std::string> target;
};
inline constexpr auto kDeadLetterConfig =
    shape<DeadLetterConfig>(field("TargetArn", &DeadLetterConfig::target));

struct LayerUseOutput {
  std::string arn;
  std::int64_t code_size = 0;
};
inline constexpr auto kLayerUseOutput =
    shape<LayerUseOutput>(field("Arn", &LayerUseOutput::arn), field("CodeSize", &LayerUseOutput::code_size));

struct TracingConfig {
  std::string mode = "PassThrough";
};
inline constexpr auto kTracingConfig =
    shape<TracingConfig>(field("Mode", &TracingConfig::mode, one_of<"Active", "PassThrough">));

struct EphemeralStorage {
  int size = 512;
};
inline constexpr auto kEphemeralStorage =
    shape<EphemeralStorage>(field("Size", &EphemeralStorage::size, required, range(512, 10240)));

struct ConcurrencyOutput {
  std::optional<int> reserved;
};
inline constexpr auto kConcurrencyOutput =
    shape<ConcurrencyOutput>(field("ReservedConcurrentExecutions", &ConcurrencyOutput::reserved));

struct SnapStart {
  std::string apply_on = "None", optimization = "Off";
};
inline constexpr auto kSnapStart = shape<SnapStart>(field("ApplyOn", &SnapStart::apply_on),
                                                    field("OptimizationStatus", &SnapStart::optimization));

struct RuntimeVersionConfig {
  std::string arn;
};
inline constexpr auto kRuntimeVersionConfig =
    shape<RuntimeVersionConfig>(field("RuntimeVersionArn", &RuntimeVersionConfig::arn));

struct LoggingOutput {
  std::string format = "Text", group;
};
inline constexpr auto kLoggingOutput = shape<LoggingOutput>(field("LogFormat", &LoggingOutput::format),
                                                            field("LogGroup", &LoggingOutput::group));

struct FunctionConfiguration {
  std::string name, arn, runtime, role, handler;
  std::int64_t code_size = 0;
  std::string description;
  int timeout = 3, memory = 128;
  std::string modified, code_sha256, version = kLatest;
  std::optional<DeadLetterConfig> dead_letter;
  std::optional<EnvironmentOutput> environment;
  TracingConfig tracing;
  std::string revision;
  std::optional<std::vector<LayerUseOutput>> layers;
  std::optional<std::string> state, state_reason, state_reason_code, update_status, update_reason,
      update_reason_code;
  std::string package_type = "Zip";
  std::vector<std::string> architectures{kArchitecture};
  EphemeralStorage ephemeral;
  SnapStart snap_start;
  std::optional<RuntimeVersionConfig> runtime_version;  // not in lists
  LoggingOutput logging;
};
inline constexpr auto kFunctionConfiguration = shape<FunctionConfiguration>(
    field("FunctionName", &FunctionConfiguration::name), field("FunctionArn", &FunctionConfiguration::arn),
    field("Runtime", &FunctionConfiguration::runtime), field("Role", &FunctionConfiguration::role),
    field("Handler", &FunctionConfiguration::handler), field("CodeSize", &FunctionConfiguration::code_size),
    field("Description", &FunctionConfiguration::description),
    field("Timeout", &FunctionConfiguration::timeout), field("MemorySize", &FunctionConfiguration::memory),
    field("LastModified", &FunctionConfiguration::modified),
    field("CodeSha256", &FunctionConfiguration::code_sha256),
    field("Version", &FunctionConfiguration::version),
    field("DeadLetterConfig", &FunctionConfiguration::dead_letter, kDeadLetterConfig),
    field("Environment", &FunctionConfiguration::environment, kEnvironmentOutput),
    field("TracingConfig", &FunctionConfiguration::tracing, kTracingConfig),
    field("RevisionId", &FunctionConfiguration::revision),
    field("Layers", &FunctionConfiguration::layers, kLayerUseOutput),
    field("State", &FunctionConfiguration::state), field("StateReason", &FunctionConfiguration::state_reason),
    field("StateReasonCode", &FunctionConfiguration::state_reason_code),
    field("LastUpdateStatus", &FunctionConfiguration::update_status),
    field("LastUpdateStatusReason", &FunctionConfiguration::update_reason),
    field("LastUpdateStatusReasonCode", &FunctionConfiguration::update_reason_code),
    field("PackageType", &FunctionConfiguration::package_type),
    field("Architectures", &FunctionConfiguration::architectures),
    field("EphemeralStorage", &FunctionConfiguration::ephemeral, kEphemeralStorage),
    field("SnapStart", &FunctionConfiguration::snap_start, kSnapStart),
    field("RuntimeVersionConfig", &FunctionConfiguration::runtime_version, kRuntimeVersionConfig),
    field("LoggingConfig", &FunctionConfiguration::logging, kLoggingOutput));

// From which answer it speaks: those to a change say that the change is under way, as AWS's do, with another
// revision than the one that the next answer shows.
enum class Phase { created, updated, settled, listed };

// `qualifier`: what the ARN ends in; empty: nothing.
[[nodiscard]] FunctionConfiguration describe(const Function& function, Phase phase,
                                             const std::string& qualifier = "");

}  // namespace millrace::lambda
