// GetFunctionCodeSigningConfig: no function has one; infrastructure tools ask all the same.
// Source: Lambda API reference, GetFunctionCodeSigningConfig.
#include "api/lambda/names.h"
#include "api/lambda/resources.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct GetFunctionCodeSigningConfigInput {
  std::string name;
};
using In = GetFunctionCodeSigningConfigInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::name, in_path, kFunctionName));

struct GetFunctionCodeSigningConfigOutput {
  std::string name;
};
using Out = GetFunctionCodeSigningConfigOutput;
constexpr auto kOutput = shape<Out>(field("FunctionName", &Out::name));

asio::awaitable<Out> get_function_code_signing_config(Lambda& l, const Caller& caller, In in) {
  const Target target = target_of(caller, "GetFunctionCodeSigningConfig", in.name);
  co_return Out{get_function(l.functions, target)->name};
}

}  // namespace

extern const Operation kGetFunctionCodeSigningConfig;
const Operation kGetFunctionCodeSigningConfig =
    operation("GetFunctionCodeSigningConfig", kInput, kOutput, get_function_code_signing_config)
        .http("GET", "/2020-06-30/functions/{FunctionName}/code-signing-config")
        .reads()
        .on(whole_function_of);

}  // namespace millrace::lambda
