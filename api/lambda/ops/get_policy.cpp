// GetPolicy: the resource policy of a function, a version or an alias. Source: Lambda API reference,
// GetPolicy.
#include "api/lambda/errors.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct GetPolicyInput {
  std::string function;
  std::optional<std::string> qualifier;
};
constexpr auto kInput =
    shape<GetPolicyInput>(field("FunctionName", &GetPolicyInput::function, in_path, kNamespacedFunctionName),
                          field("Qualifier", &GetPolicyInput::qualifier, in_query, kQualifier));

// What is not there has no policy, and the answer is the same.
asio::awaitable<PolicyOutput> get_policy(Lambda& l, const Caller& caller, GetPolicyInput in) {
  const Target target = target_of(caller, "GetPolicy", in.function, in.qualifier);
  const ResourcePolicyPtr policy =
      l.functions.policy(target.account, target.region, target.name, target.qualifier.value_or(kLatest));
  if (!policy) throw no_policy();
  co_return describe(*policy);
}

}  // namespace

extern const Operation kGetPolicy;
const Operation kGetPolicy = operation("GetPolicy", kInput, kPolicyOutput, get_policy)
                                 .http("GET", "/2015-03-31/functions/{FunctionName}/policy")
                                 .reads()
                                 .on(whole_function_of);

}  // namespace millrace::lambda
