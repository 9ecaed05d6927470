// CreateFunction: a function of an archive that is in the request or in the object store.
// Source: Lambda API reference, CreateFunction; limits: botocore lambda/2015-03-31.
#include "api/lambda/errors.h"
#include "api/lambda/events/dead_letter.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/functions/versions.h"
#include "api/lambda/layers/layers.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr std::size_t kMaxNameLength = 64, kMaxArnLength = 140;

// The length has a message of its own, which depends on the form of the name.
constexpr Rules kNewFunctionName = rules(required, kFunctionNamePattern);

using In = FunctionInput;
constexpr auto kInput = shape<In>(
    field("FunctionName", &In::name, kNewFunctionName), field("Runtime", &In::runtime),
    field("Role", &In::role, required, kRole), field("Handler", &In::handler, kHandler),
    field("Code", &In::code, required, kCodeInput), field("Description", &In::description, kDescription),
    field("Timeout", &In::timeout, kTimeout), field("MemorySize", &In::memory, kMemory),
    field("Publish", &In::publish), field("VpcConfig", &In::vpc),
    field("PackageType", &In::package_type, kPackageType),
    field("DeadLetterConfig", &In::dead_letter, kDeadLetterConfig),
    field("Environment", &In::environment, kEnvironmentInput), field("KMSKeyArn", &In::kms_key),
    field("TracingConfig", &In::tracing, kTracingConfig),
    field("Tags", &In::tags, keys(length(1, 128)), each(required, length(0, 256))),
    field("Layers", &In::layers), field("FileSystemConfigs", &In::file_systems),
    field("ImageConfig", &In::image_config), field("CodeSigningConfigArn", &In::code_signing),
    field("Architectures", &In::architectures, kArchitectures, each(required, one_of<"x86_64", "arm64">)),
    field("EphemeralStorage", &In::ephemeral, kEphemeralStorage),
    field("SnapStart", &In::snap_start, kSnapStartInput), field("LoggingConfig", &In::logging, kLoggingInput),
    field("TenancyConfig", &In::tenancy), field("DurableConfig", &In::durable),
    field("CapacityProviderConfig", &In::capacity), kPublishTo, kRuntimeConfig, kAccelerator);

void check_name(const std::string& given, const Target& target) {
  if (target.qualifier) throw qualified_name_for_creation(given);
  if (given.size() > kMaxArnLength) throw function_name_too_long(given, kMaxArnLength);
  if (target.name.size() > kMaxNameLength) throw function_name_too_long(target.name, kMaxNameLength);
}

asio::awaitable<FunctionConfiguration> create_function(Lambda& l, const Caller& caller, In in) {
  const Target target = target_of(caller, "CreateFunction", in.name);
  check_name(in.name, target);
  check_settings(in, target.name);
  if (!in.runtime || !in.handler) throw runtime_and_handler_missing();
  l.check_role(in.role);
  const ChosenLayers layers = choose_layers(l, caller, in.layers.value_or(std::vector<std::string>()));
  if (l.functions.find(target.account, target.region, target.name)) throw function_exists(target.name);
  co_await check_dead_letter(l, caller, in.dead_letter);
  Code code = co_await load_code(l, caller, std::move(*in.code));

  Function f;
  f.account = target.account;
  f.region = target.region;
  f.name = target.name;
  f.code_sha256 = code.sha256;
  f.code_bytes = code.zip.size();
  f.revision = new_uuid();
  f.modified = l.clock.now();
  f.tags = std::move(in.tags);
  f.layers = layers.layers;
  apply_settings(in, f);
  FunctionConfiguration answer = describe(f, Phase::created);
  const Function made = f;
  asio::awaitable<void> store = l.functions.create(std::move(f));
  co_await keep_code(l, target.account, std::move(code), std::move(store));
  if (in.publish.value_or(false)) answer.version = (co_await publish_version(l, made, {}, {}, {}))->version;
  co_return answer;
}

}  // namespace

extern const Operation kCreateFunction;
const Operation kCreateFunction = operation("CreateFunction", kInput, kFunctionConfiguration, create_function)
                                      .http("POST", "/2015-03-31/functions", 201)
                                      .writes()
                                      .on(whole_function_of)
                                      .on(role_of, "iam:PassRole")
                                      .on(code_object_of, "s3:GetObject")
                                      .on(layers_of_input, "lambda:GetLayerVersion");

}  // namespace millrace::lambda
