// GetRuntimeManagementConfig: functions run on the interpreter that the machine has now, which AWS calls
// Auto. Source: Lambda API reference, GetRuntimeManagementConfig.
#include "api/lambda/names.h"
#include "api/lambda/resources.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct GetRuntimeManagementConfigInput {
  std::string name;
  std::optional<std::string> qualifier;
};
using In = GetRuntimeManagementConfigInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::name, in_path, kNamespacedFunctionName),
                                  field("Qualifier", &In::qualifier, in_query, kQualifier));

struct GetRuntimeManagementConfigOutput {
  std::string mode = "Auto", arn;
};
using Out = GetRuntimeManagementConfigOutput;
constexpr auto kOutput = shape<Out>(field("UpdateRuntimeOn", &Out::mode), field("FunctionArn", &Out::arn));

asio::awaitable<Out> get_runtime_management_config(Lambda& l, const Caller& caller, In in) {
  Target target = target_of(caller, "GetRuntimeManagementConfig", in.name, in.qualifier);
  (void)get_function(l.functions, target);
  if (!target.qualifier) target.qualifier = kLatest;
  co_return Out{"Auto", target.arn()};
}

}  // namespace

extern const Operation kGetRuntimeManagementConfig;
const Operation kGetRuntimeManagementConfig =
    operation("GetRuntimeManagementConfig", kInput, kOutput, get_runtime_management_config)
        .http("GET", "/2021-07-20/functions/{FunctionName}/runtime-management-config")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
