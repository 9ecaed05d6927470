#include "api/lambda/functions/configuration.h"

#include <algorithm>

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

constexpr std::size_t kMaxEnvironmentBytes = 4096;

void check_runtime(const std::string& name) {
  switch (classify_runtime(name)) {
    case Runtime::runs:
      return;
    case Runtime::known:
      throw runtime_not_run(name);
    case Runtime::unknown:
      throw unknown_runtime(name);
  }
}

void check_environment(const Variables& variables) {
  if (const std::string reserved = reserved_variables(variables); !reserved.empty())
    throw reserved_environment(reserved);
  const std::string text = Json(variables).dump();
  if (text.size() > kMaxEnvironmentBytes) throw environment_too_large(text);
}

void check_logging(const LoggingInput& in, std::string_view function_name) {
  if (in.format == "JSON" || in.application_level || in.system_level)
    throw not_supported("LoggingConfig with LogFormat JSON or a log level", "functions log as Text");
  if (in.group && *in.group != "/aws/lambda/" + std::string(function_name))
    throw not_supported("LoggingConfig.LogGroup", "a function's log is read with `millrace logs`");
}

void check_extras(const FunctionInput& in) {
  struct Extra {
    const Json& value;
    const char *member, *remedy;
  };
  const Extra extras[] = {
      {in.vpc, "VpcConfig", "functions have the network of the server"},
      {in.file_systems, "FileSystemConfigs", "functions have the file system of the server"},
      {in.image_config, "ImageConfig", "it runs zip archives"},
      {in.tenancy, "TenancyConfig", "omit it"},
      {in.durable, "DurableConfig", "omit it"},
      {in.capacity, "CapacityProviderConfig", "omit it"},
  };
  for (const Extra& e : extras)
    if (!is_neutral(e.value)) throw not_supported(e.member, e.remedy);
}

}  // namespace

bool is_neutral(const Json& v) {
  if (v.is_object() || v.is_array())
    return std::all_of(v.begin(), v.end(), [](const Json& e) { return is_neutral(e); });
  return v.is_null() || v == "" || v == false;
}

void check_architectures(const std::optional<std::vector<std::string>>& architectures) {
  if (architectures && architectures->front() != kArchitecture)
    throw not_supported("The architecture " + architectures->front(),
                        std::string("functions run on the server's architecture, ") + kArchitecture);
}

void check_settings(const FunctionInput& in, std::string_view function_name) {
  if (in.package_type == "Image")
    throw not_supported("PackageType Image", "it runs zip archives with the runtimes " + runtimes_that_run());
  if (in.runtime) check_runtime(*in.runtime);
  check_architectures(in.architectures);
  if (in.environment) check_environment(in.environment->variables);
  if (in.tracing && in.tracing->mode == "Active")
    throw not_supported("TracingConfig.Mode Active", "use PassThrough or omit it");
  if (in.snap_start && in.snap_start->apply_on == "PublishedVersions")
    throw not_supported("SnapStart.ApplyOn PublishedVersions", "use None or omit it");
  if (in.kms_key && !in.kms_key->empty())
    throw not_supported("KMSKeyArn", "environment variables are not encrypted; omit it");
  if (in.code_signing && !in.code_signing->empty()) throw not_supported("CodeSigningConfigArn", "omit it");
  if (in.logging) check_logging(*in.logging, function_name);
  if (in.tags.size() > kMaxTags) throw too_many_tags();
  check_extras(in);
}

void apply_settings(const FunctionInput& in, Function& f) {
  if (in.role) f.role = *in.role;
  if (in.runtime) f.runtime = *in.runtime;
  if (in.handler) f.handler = *in.handler;
  if (in.description) f.description = *in.description;
  if (in.timeout) f.timeout_s = static_cast<std::uint32_t>(*in.timeout);
  if (in.memory) f.memory_mb = static_cast<std::uint32_t>(*in.memory);
  if (in.ephemeral) f.ephemeral_mb = static_cast<std::uint32_t>(in.ephemeral->size);
  if (in.environment) f.environment = in.environment->variables;
  if (in.dead_letter) f.dead_letter = in.dead_letter->target.value_or("");
}

}  // namespace millrace::lambda
