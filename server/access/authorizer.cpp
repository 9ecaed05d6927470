#include "server/access/authorizer.h"

#include "server/access/condition_keys.h"

namespace millrace::access {

namespace {

// Operations that need no permission: they tell callers who they are, or decide by other documents themselves
// (AssumeRole by the trust policy too).
// Source: the service authorization reference of STS.
bool needs_no_permission(const ServiceModel& model, std::string_view operation) {
  if (model.name != "sts") return false;
  return operation == "GetCallerIdentity" || operation == "GetSessionToken" || operation == "AssumeRole" ||
         operation == "AssumeRoleWithWebIdentity";
}
bool is_open_to_strangers(const ServiceModel& model, std::string_view operation) {
  return model.name == "s3" || (model.name == "sts" && operation == "AssumeRoleWithWebIdentity");
}

ApiError access_denied(const ServiceModel& model, const std::string& text) {
  if (model.name == "s3") return {403, "AccessDenied", text};
  if (model.speaks(Protocol::query)) return {403, "AccessDenied", text};
  if (model.speaks(Protocol::rest_json)) return {403, "AccessDeniedException", text};
  return {400, "AccessDeniedException", text};
}

ApiError token_missing(const ServiceModel& model) {
  if (model.speaks(Protocol::query))
    return {403, "MissingAuthenticationToken", "Request is missing Authentication Token"};
  return {model.speaks(Protocol::rest_json) ? 403u : 400u, "MissingAuthenticationTokenException",
          "Missing Authentication Token"};
}

// S3 puts the resource into quotation marks, and tells a stranger nothing.
std::string text_for(const ServiceModel& model, const auth::AccessRequest& asked,
                     const auth::Decision& decision) {
  if (model.name != "s3") return auth::denial_text(asked, decision);
  if (asked.caller.kind == auth::IdentityKind::anonymous) return "Access Denied";
  std::string text = auth::denial_text(asked, decision);
  const std::string resource = "on resource: " + std::string(asked.resource);
  if (const std::size_t at = text.find(resource); at != std::string::npos)
    text.replace(at, resource.size(), "on resource: \"" + std::string(asked.resource) + "\"");
  return text;
}

// The demand of a request whose input names no valid resource. The operation rejects the request, but a
// caller without permission does not get that far.
std::vector<Demand> on_everything(const Request& request, const Operation& op) {
  const char* const action = op.permissions[0].action;
  return {{action ? action : std::string(request.model->name) + ":" + op.name, Resource{}}};
}

// A key's policy must allow by itself, or delegate to the account's policies. A key without one does not
// exist.
auth::ResourceRule rule_of(const Demand& demand, bool has_policy) {
  return has_policy && demand.resource.service == "kms" ? auth::ResourceRule::resource_must
                                                        : auth::ResourceRule::either;
}

// Where ARNs name no account (S3), a resource is looked up in the caller's: names are unique in an account.
Resource in_account(Resource resource, const Request& request) {
  if (resource.account.empty()) resource.account = request.caller.account;
  return resource;
}
Resource without_account(Resource resource) {
  if (resource.service == "s3") resource.account.clear();
  return resource;
}

// ARNs without a region (S3, IAM) are of the server's partition.
std::string arn_of_resource(const Resource& resource, const std::string& partition) {
  std::string arn = resource.arn();
  if (resource.region.empty() && arn.starts_with("arn:aws:")) arn.replace(4, 3, partition);
  return arn;
}

// The name of the role in arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION.
std::string role_in(const std::string& session_arn) {
  const std::size_t begin = session_arn.find('/') + 1, end = session_arn.rfind('/');
  return begin < end ? session_arn.substr(begin, end - begin) : std::string();
}

// The identity of a session of a role, named as its credentials would name it.
auth::Identity session_of(const auth::Entity& role, std::string_view partition, const std::string& session) {
  auth::Identity out;
  out.kind = auth::IdentityKind::assumed_role;
  out.account = role.account;
  out.name = role.name;
  out.role_arn = role.arn(partition);
  out.session_name = session;
  out.id = role.id + ":" + session;
  out.arn = "arn:" + std::string(partition) + ":sts::" + role.account + ":assumed-role/" + role.name + "/" +
            session;
  out.tags = role.tags;
  return out;
}

// Whether the trust policy of the role lets the service assume it.
bool trusts(const auth::Entity& role, std::string_view partition, const std::string& service) {
  auth::Identity caller;
  caller.kind = auth::IdentityKind::service;
  caller.name = caller.id = service;
  const std::string arn = role.arn(partition);
  try {
    const auth::PolicyPtr trust[] = {auth::parse_policy(role.trust, auth::PolicyKind::trust)};
    const auth::Context context;
    const auth::AccessRequest asked{"sts:AssumeRole", arn, role.account, caller, context};
    return auth::decide(asked, {}, trust, auth::ResourceRule::trust).allowed();
  } catch (const auth::MalformedPolicy&) {
    return false;
  }
}

}  // namespace

asio::awaitable<std::vector<auth::PolicyPtr>> PolicyAuthorizer::policies_of(Resource resource) const {
  std::vector<auth::PolicyPtr> out;
  if (auth::PolicyPtr policy = co_await facts_.policy_of(std::move(resource)))
    out.push_back(std::move(policy));
  co_return out;
}

asio::awaitable<void> PolicyAuthorizer::authorize(const Request& request, const Operation& op,
                                                  const InputView& input,
                                                  const std::vector<Demand>& demands) const {
  const ServiceModel& model = *request.model;
  if (needs_no_permission(model, op.name) && request.caller.identity->kind != auth::IdentityKind::anonymous)
    co_return;
  static const auth::PolicySet kNone;
  const auth::Identity& caller = *request.caller.identity;
  if (caller.kind == auth::IdentityKind::anonymous && !is_open_to_strangers(model, op.name))
    throw token_missing(model);
  for (const Demand& demand : demands.empty() ? on_everything(request, op) : demands) {
    const KeyedRequest keyed{request, input, demand, facts_, clock_.now()};
    const auth::Context context = condition_keys(keyed);
    const std::string resource = arn_of_resource(demand.resource, identities_.partition());
    const std::string account = demand.resource.account;
    const auth::AccessRequest asked{demand.action, resource, account, caller, context};
    const std::vector<auth::PolicyPtr> of_resource =
        co_await policies_of(in_account(demand.resource, request));
    const auth::Decision decision =
        auth::decide(asked, request.caller.policies ? *request.caller.policies : kNone, of_resource,
                     rule_of(demand, !of_resource.empty()));
    if (!decision.allowed()) throw access_denied(model, text_for(model, asked, decision));
  }
}

bool PolicyAuthorizer::can_assume(const std::string& service, const std::string& role_arn) const {
  const auth::EntityPtr role = identities_.role_of_arn(role_arn);
  return role && trusts(*role, identities_.partition(), service);
}

asio::awaitable<std::optional<std::string>> PolicyAuthorizer::denial(Principal acting, std::string action,
                                                                     Resource resource) const {
  if (acting.session.empty()) co_return "The function no longer exists, so that its role cannot be used.";
  const auto role =
      identities_.store().entity(auth::EntityKind::role, acting.account, role_in(acting.arn)).row;
  if (!role) co_return "The role of " + acting.arn + " does not exist.";
  if (!trusts(*role, identities_.partition(), "lambda.amazonaws.com"))
    co_return "The role of " + acting.arn + " cannot be assumed by Lambda.";
  const auth::Identity identity = session_of(*role, identities_.partition(), acting.session);
  if (resource.account.empty()) resource.account = acting.account;
  const std::vector<auth::PolicyPtr> of_resource = co_await policies_of(resource);
  const std::string arn = arn_of_resource(without_account(resource), identities_.partition());
  const auth::Context context;
  const auth::AccessRequest asked{action, arn, acting.account, identity, context};
  const auth::PolicySetPtr policies = identities_.policies_of(identity);
  const auth::Decision decision =
      auth::decide(asked, *policies, of_resource, rule_of({action, resource}, !of_resource.empty()));
  if (decision.allowed()) co_return std::nullopt;
  co_return auth::denial_text(asked, decision);
}

}  // namespace millrace::access
