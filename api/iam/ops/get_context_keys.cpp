// GetContextKeysForPrincipalPolicy, GetContextKeysForCustomPolicy: the condition keys that policies name.
// Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"
#include "api/iam/simulation.h"

namespace millrace::iam {

namespace {

struct ContextKeysInput {
  std::string source;
  std::vector<std::string> policies;
};
using In = ContextKeysInput;
constexpr auto kPrincipalInput = shape<In>(field("PolicySourceArn", &In::source, required, kArn),
                                           field("PolicyInputList", &In::policies, each(kDocument)));
constexpr auto kCustomInput = shape<In>(field("PolicyInputList", &In::policies, required, each(kDocument)));
struct ContextKeysOutput {
  std::vector<std::string> keys;
};
constexpr auto kOutput = shape<ContextKeysOutput>(field("ContextKeyNames", &ContextKeysOutput::keys));

asio::awaitable<ContextKeysOutput> of_principal(Iam& iam, const Caller& caller, In in) {
  SourcePolicies all = policies_of(iam, *entity_of_arn(iam, caller, in.source));
  for (SourcePolicy& policy : policies_of("PolicyInputList", in.policies, auth::PolicyKind::identity))
    all.push_back(std::move(policy));
  co_return ContextKeysOutput{context_keys(all)};
}

asio::awaitable<ContextKeysOutput> of_documents(Iam&, const Caller&, In in) {
  const SourcePolicies all = policies_of("PolicyInputList", in.policies, auth::PolicyKind::identity);
  co_return ContextKeysOutput{context_keys(all)};
}

}  // namespace

extern const Operation kGetContextKeysForPrincipalPolicy, kGetContextKeysForCustomPolicy;
const Operation kGetContextKeysForPrincipalPolicy =
    operation("GetContextKeysForPrincipalPolicy", kPrincipalInput, kOutput, of_principal)
        .reads()
        .on(simulated_of_input);
const Operation kGetContextKeysForCustomPolicy =
    operation("GetContextKeysForCustomPolicy", kCustomInput, kOutput, of_documents)
        .reads()
        .on(every_resource);

}  // namespace millrace::iam
