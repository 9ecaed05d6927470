// SimulatePrincipalPolicy, SimulateCustomPolicy: what policies would decide. Source: IAM API reference.
#include "api/iam/changes.h"
#include "api/iam/resources.h"
#include "api/iam/simulation.h"

namespace millrace::iam {

namespace {

// Actions times resources; AWS has no such limit in its reference.
constexpr std::size_t kMaxResults = 10'000;

struct ContextEntry {
  std::optional<std::string> name, type;
  std::vector<std::string> values;
};
constexpr auto kContextEntry = shape<ContextEntry>(
    field("ContextKeyName", &ContextEntry::name, length(5, 256)),
    field("ContextKeyValues", &ContextEntry::values),
    field("ContextKeyType", &ContextEntry::type,
          one_of<"string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList",
                 "binary", "binaryList", "date", "dateList">));

struct SimulateInput : PageInput {
  std::string source;
  std::vector<std::string> policies, boundaries, actions, resources;
  std::optional<std::string> resource_policy, owner, caller;
  std::vector<ContextEntry> context;
};
using In = SimulateInput;
constexpr auto kActionsAndResources = members(
    field("ActionNames", &In::actions, required, each(length(3, 128))),
    field("ResourceArns", &In::resources, each(length(1, 2048))),
    field("ResourcePolicy", &In::resource_policy, kDocument),
    field("ResourceOwner", &In::owner, length(1, 2048)), field("CallerArn", &In::caller, length(1, 2048)),
    field("ContextEntries", &In::context, kContextEntry),
    ignored<std::string>("ResourceHandlingOption", "it names scenarios of EC2, which is not simulated",
                         length(1, 64)),
    kPageInput);
constexpr auto kBoundaries =
    members(field("PermissionsBoundaryPolicyInputList", &In::boundaries, each(kDocument)));
constexpr auto kPrincipalInput = shape_of<In>(
    field("PolicySourceArn", &In::source, required, kArn),
    field("PolicyInputList", &In::policies, each(kDocument)), kBoundaries,
    refused("PolicyExclusionList", "all policies of the principal are simulated"), kActionsAndResources);
constexpr auto kCustomInput = shape_of<In>(
    field("PolicyInputList", &In::policies, required, each(kDocument)), kBoundaries,
    refused("OrderedOrganizationPolicyInputList", "there are no organizations"), kActionsAndResources);

struct SimulateOutput : PageOutput {
  std::vector<EvaluationResult> results;
};
using Out = SimulateOutput;
constexpr auto kOutput =
    shape_of<Out>(field("EvaluationResults", &Out::results, kEvaluationResult), kPageOutput);

std::string account_of(const Caller& caller, const std::optional<std::string>& arn) {
  if (!arn) return caller.account;
  const auto resource = resource_of_arn(*arn);
  if (!resource || resource->account.empty()) throw invalid_arn(*arn);
  return resource->account;
}

// What of the input both operations read alike.
void add_input(const In& in, const Caller& caller, Simulation& simulation) {
  for (SourcePolicy& policy : policies_of("PolicyInputList", in.policies, auth::PolicyKind::identity))
    simulation.identity.push_back(std::move(policy));
  if (in.boundaries.size() > 1) throw invalid_input("There can be only one permissions boundary.");
  if (!in.boundaries.empty())
    simulation.boundary =
        policies_of("PermissionsBoundaryPolicyInputList", in.boundaries, auth::PolicyKind::identity);
  if (in.resource_policy)
    simulation.resource = policies_of("ResourcePolicy", {*in.resource_policy}, auth::PolicyKind::resource);
  for (const ContextEntry& entry : in.context)
    for (const std::string& value : entry.values) simulation.context.add(entry.name.value_or(""), value);
  simulation.account = account_of(caller, in.owner);
}

// The results are in the order of actions and then resources; a marker has the number of the last one.
Out results_of(const In& in, const Simulation& simulation) {
  const std::vector<std::string> every{"*"};
  const std::vector<std::string>& resources = in.resources.empty() ? every : in.resources;
  const std::size_t count = in.actions.size() * resources.size();
  if (count > kMaxResults)
    throw invalid_input("ActionNames and ResourceArns together ask for more than " +
                        std::to_string(kMaxResults) + " results.");
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(std::to_string(kMaxResults + i));  // five digits
  Out out;
  for (const std::string& number :
       page_of(std::move(numbers), in, out, [](const std::string& n) { return n; })) {
    const std::size_t i = std::stoul(number) - kMaxResults;
    out.results.push_back(
        simulate(simulation, in.actions[i / resources.size()], resources[i % resources.size()]));
  }
  return out;
}

asio::awaitable<Out> simulate_principal(Iam& iam, const Caller& caller, In in) {
  const EntityPtr source = entity_of_arn(iam, caller, in.source);
  Simulation simulation;
  simulation.caller = identity_of(iam, *source);
  if (in.caller) simulation.caller = identity_of(iam, *entity_of_arn(iam, caller, *in.caller));
  simulation.identity = policies_of(iam, *source);
  add_input(in, caller, simulation);
  if (simulation.boundary.empty() && source->boundary) {
    const ManagedPolicyPtr boundary = iam.identities.policy_of_arn(source->boundary->arn);
    if (boundary)
      simulation.boundary = policies_of("Boundary", {boundary->document()}, auth::PolicyKind::identity);
  }
  co_return results_of(in, simulation);
}

asio::awaitable<Out> simulate_custom(Iam& iam, const Caller& caller, In in) {
  Simulation simulation;
  simulation.caller.kind = auth::IdentityKind::user;
  simulation.caller.account = caller.account;
  if (in.caller) simulation.caller = identity_of(iam, *entity_of_arn(iam, caller, *in.caller));
  add_input(in, caller, simulation);
  co_return results_of(in, simulation);
}

}  // namespace

extern const Operation kSimulatePrincipalPolicy, kSimulateCustomPolicy;
const Operation kSimulatePrincipalPolicy =
    operation("SimulatePrincipalPolicy", kPrincipalInput, kOutput, simulate_principal)
        .reads()
        .on(simulated_of_input);
const Operation kSimulateCustomPolicy =
    operation("SimulateCustomPolicy", kCustomInput, kOutput, simulate_custom).reads().on(every_resource);

}  // namespace millrace::iam
