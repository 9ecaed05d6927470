// What CreateFunction and UpdateFunctionConfiguration take, and its way into a function.
#pragma once

#include "api/lambda/shapes.h"

namespace millrace::lambda {

struct CodeInput {
  std::optional<Blob> zip;
  std::optional<std::string> bucket, key, object_version, image, kms_key;
};
inline constexpr Rules kBucket = rules(length(3, 63), pattern("[0-9A-Za-z\\.\\-_]*(?<!\\.)"));
inline constexpr Rules kObjectKey = rules(length(1, 1024));
inline constexpr UnreadField kStorageMode =
    ignored<std::string>("S3ObjectStorageMode", "an archive is copied, which is the default", one_of<"COPY">);
inline constexpr auto kCodeInput = shape<CodeInput>(
    field("ZipFile", &CodeInput::zip), field("S3Bucket", &CodeInput::bucket, kBucket),
    field("S3Key", &CodeInput::key, kObjectKey),
    field("S3ObjectVersion", &CodeInput::object_version, kObjectKey), field("ImageUri", &CodeInput::image),
    field("SourceKMSKeyArn", &CodeInput::kms_key), kStorageMode);

struct EnvironmentInput {
  Variables variables;
};
inline constexpr auto kEnvironmentInput = shape<EnvironmentInput>(
    field("Variables", &EnvironmentInput::variables, keys(pattern("[a-zA-Z]([a-zA-Z0-9_])+"))));

struct SnapStartInput {
  std::optional<std::string> apply_on;
};
inline constexpr auto kSnapStartInput =
    shape<SnapStartInput>(field("ApplyOn", &SnapStartInput::apply_on, one_of<"PublishedVersions", "None">));

struct LoggingInput {
  std::optional<std::string> format, application_level, system_level, group;
};
inline constexpr auto kLoggingInput = shape<LoggingInput>(
    field("LogFormat", &LoggingInput::format, one_of<"JSON", "Text">),
    field("ApplicationLogLevel", &LoggingInput::application_level,
          one_of<"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL">),
    field("SystemLogLevel", &LoggingInput::system_level, one_of<"DEBUG", "INFO", "WARN">),
    field("LogGroup", &LoggingInput::group, length(1, 512), pattern("[\\.\\-_/#A-Za-z0-9]+")));

// The members of both operations; each shape declares its own.
struct FunctionInput {
  std::string name;
  std::optional<std::string> role, runtime, handler, description, package_type, kms_key, code_signing,
      revision;
  std::optional<CodeInput> code;
  std::optional<int> timeout, memory;
  std::optional<bool> publish;
  std::optional<EnvironmentInput> environment;
  std::optional<TracingConfig> tracing;
  std::optional<EphemeralStorage> ephemeral;
  std::optional<SnapStartInput> snap_start;
  std::optional<LoggingInput> logging;
  std::optional<std::vector<std::string>> architectures, layers;
  std::optional<DeadLetterConfig> dead_letter;
  std::map<std::string, std::string> tags;
  // Looked at for whether they ask for anything at all.
  Json vpc, file_systems, image_config, tenancy, durable, capacity;
};

inline constexpr UnreadField kPublishTo = refused("PublishTo", "functions do not run on managed instances"),
                             kRuntimeConfig =
                                 refused("RuntimeConfig", "runtimes are not managed by customers"),
                             kAccelerator = refused("AcceleratorConfig", "functions have no accelerators");

inline constexpr Rules kRole =
    rules(pattern("arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"));
inline constexpr Rules kHandler = rules(length(0, 128), pattern("[^\\s]+"));
inline constexpr Rules kDescription = rules(length(0, 256));
inline constexpr Rules kTimeout = rules(range(1, 900)), kMemory = rules(range(128, 10240));
inline constexpr Rules kArchitectures = rules(length(1, 1));
inline constexpr Rules kPackageType = one_of<"Zip", "Image">;

// Whether a structure asks for nothing: clients send empty ones to say "none".
[[nodiscard]] bool is_neutral(const Json& value);

// Refuses what this server cannot do. Throws not_supported, unknown_runtime, runtime_not_run,
// environment_too_large, reserved_environment, too_many_tags.
void check_settings(const FunctionInput& in, std::string_view function_name);
// Refuses an architecture that is not this machine's.
void check_architectures(const std::optional<std::vector<std::string>>& architectures);

// What is absent in `in` stays as it is.
void apply_settings(const FunctionInput& in, Function& function);

}  // namespace millrace::lambda
