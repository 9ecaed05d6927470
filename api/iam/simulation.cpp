#include "api/iam/simulation.h"

#include <set>

#include "api/iam/changes.h"

namespace millrace::iam {

namespace {

auth::PolicyPtr parsed(const std::string& document, auth::PolicyKind kind) {
  try {
    return auth::parse_policy(document, kind);
  } catch (const auth::MalformedPolicy& e) {
    throw malformed_policy(e.what());
  }
}

void add_own_policies(const Iam& iam, const Entity& entity, SourcePolicies& to) {
  const std::string prefix = std::string(auth::type_of(entity.kind)) + "_" + entity.name + "_";
  for (const auto& [name, document] : entity.inline_policies)
    to.push_back({prefix + name, document, parsed(document, auth::PolicyKind::identity)});
  for (const auth::PolicyReference& reference : entity.attached) {
    const ManagedPolicyPtr policy = iam.identities.policy_of_arn(reference.arn);
    if (!policy || policy->id != reference.id) continue;
    to.push_back({policy->name, policy->document(), parsed(policy->document(), auth::PolicyKind::identity)});
  }
}

// Lines and columns count from one.
Position position_of(std::string_view text, std::size_t at) {
  Position out{1, 1};
  for (const char c : text.substr(0, at)) {
    if (c == '\n') {
      ++out.line;
      out.column = 1;
    } else {
      ++out.column;
    }
  }
  return out;
}

const SourcePolicy* source_of(const Simulation& simulation, const auth::Policy* policy) {
  for (const SourcePolicies* list : {&simulation.identity, &simulation.boundary, &simulation.resource})
    for (const SourcePolicy& source : *list)
      if (source.policy.get() == policy) return &source;
  return nullptr;
}

const char* decision_text(const auth::Decision& decision) {
  switch (decision.outcome) {
    case auth::Decision::Outcome::allowed:
      return "allowed";
    case auth::Decision::Outcome::explicit_deny:
      return "explicitDeny";
    default:
      return "implicitDeny";
  }
}

std::vector<MatchedOutput> output_of(const Simulation& simulation,
                                     const std::vector<auth::MatchedStatement>& matched) {
  std::vector<MatchedOutput> out;
  for (const auth::MatchedStatement& statement : matched) {
    const SourcePolicy* const source = source_of(simulation, statement.policy);
    if (!source) continue;
    const std::vector<auth::TextRange> ranges = auth::statement_ranges(source->text);
    if (statement.index >= ranges.size()) continue;
    const auth::TextRange range = ranges[statement.index];
    out.push_back({.id = source->id,
                   .begin = position_of(source->text, range.begin),
                   .end = position_of(source->text, range.end)});
  }
  return out;
}

}  // namespace

SourcePolicies policies_of(const Iam& iam, const Entity& entity) {
  SourcePolicies out;
  add_own_policies(iam, entity, out);
  for (const std::string& id : entity.groups)
    if (const EntityPtr group = iam.store.entity_by_id(id)) add_own_policies(iam, *group, out);
  return out;
}

SourcePolicies policies_of(const char* list, const std::vector<std::string>& documents,
                           auth::PolicyKind kind) {
  SourcePolicies out;
  for (const std::string& document : documents)
    out.push_back(
        {std::string(list) + "." + std::to_string(out.size() + 1), document, parsed(document, kind)});
  return out;
}

EntityPtr entity_of_arn(const Iam& iam, const Caller& caller, const std::string& arn) {
  const auto resource = resource_of_arn(arn);
  if (!resource || resource->service != "iam" || !arn.starts_with("arn:")) throw invalid_arn(arn);
  const std::string name = resource->name.substr(resource->name.rfind('/') + 1);
  for (const EntityKind kind : {EntityKind::user, EntityKind::group, EntityKind::role}) {
    if (resource->type != auth::type_of(kind)) continue;
    if (resource->account != caller.account) throw no_such_entity(kind, name);
    return find_entity(iam, caller, kind, name);
  }
  throw invalid_arn(arn);
}

auth::Identity identity_of(const Iam& iam, const Entity& entity) {
  auth::Identity out;
  out.kind = entity.kind == EntityKind::role ? auth::IdentityKind::assumed_role : auth::IdentityKind::user;
  out.account = entity.account;
  out.id = entity.id;
  out.tags = entity.tags;
  out.arn = entity.arn(iam.identities.partition());
  if (entity.kind == EntityKind::group) return out;
  out.name = entity.name;
  if (entity.kind == EntityKind::role) out.role_arn = out.arn;
  return out;
}

std::vector<std::string> context_keys(std::span<const SourcePolicy> policies) {
  std::set<std::string> keys;
  for (const SourcePolicy& policy : policies)
    for (std::string& key : policy.policy->context_keys()) keys.insert(std::move(key));
  return {keys.begin(), keys.end()};
}

EvaluationResult simulate(const Simulation& simulation, const std::string& action,
                          const std::string& resource) {
  auth::PolicySet set;
  for (const SourcePolicy& source : simulation.identity) set.identity.push_back(source.policy);
  if (!simulation.boundary.empty()) set.boundary = simulation.boundary.front().policy;
  std::vector<auth::PolicyPtr> of_resource;
  for (const SourcePolicy& source : simulation.resource) of_resource.push_back(source.policy);
  const auth::AccessRequest asked{action, resource, simulation.account, simulation.caller,
                                  simulation.context};
  std::vector<auth::MatchedStatement> matched;
  const auth::Decision decision = auth::decide(asked, set, of_resource, auth::ResourceRule::either, &matched);
  EvaluationResult out{action, resource, decision_text(decision), output_of(simulation, matched), {}, {}};
  const auth::RequestKeys keys(simulation.context, simulation.caller, simulation.account);
  for (const SourcePolicies* list : {&simulation.identity, &simulation.boundary, &simulation.resource})
    for (const std::string& key : context_keys(*list))
      if (!keys.find(auth::lower_case(key))) out.missing.push_back(key);
  if (!simulation.boundary.empty())
    out.boundary = BoundaryDecision{decision.source != auth::Decision::Source::boundary};
  return out;
}

}  // namespace millrace::iam
