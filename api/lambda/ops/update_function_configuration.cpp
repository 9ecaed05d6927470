// UpdateFunctionConfiguration: every setting but the code; what is absent stays.
// Source: Lambda API reference, UpdateFunctionConfiguration.
#include "api/lambda/errors.h"
#include "api/lambda/events/dead_letter.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/layers/layers.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"
#include "api/lambda/service.h"

namespace millrace::lambda {

namespace {

using In = FunctionInput;
constexpr auto kInput =
    shape<In>(field("FunctionName", &In::name, in_path, kFunctionName), field("Role", &In::role, kRole),
              field("Handler", &In::handler, kHandler), field("Description", &In::description, kDescription),
              field("Timeout", &In::timeout, kTimeout), field("MemorySize", &In::memory, kMemory),
              field("VpcConfig", &In::vpc), field("Environment", &In::environment, kEnvironmentInput),
              field("Runtime", &In::runtime), field("DeadLetterConfig", &In::dead_letter, kDeadLetterConfig),
              field("KMSKeyArn", &In::kms_key), field("TracingConfig", &In::tracing, kTracingConfig),
              field("RevisionId", &In::revision), field("Layers", &In::layers),
              field("FileSystemConfigs", &In::file_systems), field("ImageConfig", &In::image_config),
              field("EphemeralStorage", &In::ephemeral, kEphemeralStorage),
              field("SnapStart", &In::snap_start, kSnapStartInput),
              field("LoggingConfig", &In::logging, kLoggingInput), field("DurableConfig", &In::durable),
              field("CapacityProviderConfig", &In::capacity), kRuntimeConfig, kAccelerator);

asio::awaitable<FunctionConfiguration> update_function_configuration(Lambda& l, const Caller& caller, In in) {
  const Target target = target_of(caller, "UpdateFunctionConfiguration", in.name);
  FunctionPtr function = get_latest(l.functions, target);
  if (in.revision && *in.revision != function->revision) throw revision_mismatch();
  check_settings(in, target.name);
  l.check_role(in.role);
  co_await check_dead_letter(l, caller, in.dead_letter);
  const ChosenLayers layers = choose_layers(l, caller, in.layers.value_or(std::vector<std::string>()));
  const FunctionPtr before = function;
  std::function<void(Function&)> change = [&](Function& f) {
    if (in.revision && *in.revision != f.revision) throw revision_mismatch();
    apply_settings(in, f);
    if (in.layers) f.layers = layers.layers;
    f.revision = new_uuid();
    f.modified = l.clock.now();
  };
  const FunctionPtr now = co_await l.functions.update(std::move(function), std::move(change));
  if (in.layers) co_await discard_code_of(l, before);
  co_return describe(*now, Phase::updated);
}

}  // namespace

extern const Operation kUpdateFunctionConfiguration;
const Operation kUpdateFunctionConfiguration =
    operation("UpdateFunctionConfiguration", kInput, kFunctionConfiguration, update_function_configuration)
        .http("PUT", "/2015-03-31/functions/{FunctionName}/configuration")
        .writes()
        .on(whole_function_of)
        .on(role_of, "iam:PassRole")
        .on(layers_of_input, "lambda:GetLayerVersion");

}  // namespace millrace::lambda
