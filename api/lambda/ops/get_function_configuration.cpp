// GetFunctionConfiguration. Source: Lambda API reference, GetFunctionConfiguration.
#include "api/lambda/names.h"
#include "api/lambda/resources.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

namespace {

struct GetFunctionConfigurationInput {
  std::string name;
  std::optional<std::string> qualifier;
};
using In = GetFunctionConfigurationInput;
constexpr auto kInput = shape<In>(field("FunctionName", &In::name, in_path, kNamespacedFunctionName),
                                  field("Qualifier", &In::qualifier, in_query, kQualifier));

asio::awaitable<FunctionConfiguration> get_function_configuration(Lambda& l, const Caller& caller, In in) {
  const Target target = target_of(caller, "GetFunctionConfiguration", in.name, in.qualifier);
  co_return describe(*get_function(l.functions, target), Phase::settled, target.qualifier.value_or(""));
}

}  // namespace

extern const Operation kGetFunctionConfiguration;
const Operation kGetFunctionConfiguration =
    operation("GetFunctionConfiguration", kInput, kFunctionConfiguration, get_function_configuration)
        .http("GET", "/2015-03-31/functions/{FunctionName}/configuration")
        .reads()
        .on(function_of);

}  // namespace millrace::lambda
