// AssumeRole: temporary credentials of a role's session. Source: STS API reference.
#include <algorithm>

#include "api/sts/errors.h"
#include "api/sts/new_session.h"
#include "api/sts/trust.h"

namespace millrace::sts {

namespace {

constexpr int kMostOfChain = 3600;

struct AssumeRoleInput : SessionInput {
  std::vector<Tag> tags;
  std::vector<std::string> transitive;
  std::optional<std::string> external_id, source_identity;
};
using In = AssumeRoleInput;
constexpr auto kInput =
    shape_of<In>(kRoleAndPolicies, field("Policy", &SessionInput::policy, length(1, 131072)), kDuration,
                 field("Tags", &In::tags, length(0, kMaxTags), kTag),
                 field("TransitiveTagKeys", &In::transitive, length(0, kMaxTags), each(kTagKey)),
                 field("ExternalId", &In::external_id, length(2, 1224), pattern("[\\w+=,.@:\\/-]*")), kMfa,
                 field("SourceIdentity", &In::source_identity, length(2, 64), pattern("[\\w+=,.@-]*")),
                 refused("ProvidedContexts", "there are no trusted context providers"),
                 ignored<int>("MinimumSessionTokenSize", "tokens of any size are valid"));
struct AssumeRoleOutput : SessionOutput {
  std::optional<std::string> source_identity;
};
using Out = AssumeRoleOutput;
constexpr auto kOutput = shape_of<Out>(kCredentialsAndUser, field("SourceIdentity", &Out::source_identity));

bool contains(const std::vector<std::string>& keys, const std::string& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const std::string& other) {
    return auth::lower_case(other) == auth::lower_case(key);
  });
}

// The tags of the session: those of the request, and those that the calling session hands on.
void add_tags(const In& in, const auth::SessionPtr& caller, auth::SessionSettings& settings) {
  std::vector<std::string> keys;
  for (const Tag& tag : in.tags) {
    if (contains(keys, tag.key))
      throw invalid_parameter("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    keys.push_back(tag.key);
    settings.tags[tag.key] = tag.value;
  }
  for (const std::string& key : in.transitive)
    if (!contains(keys, key))
      throw invalid_parameter("The specified transitive tag key must be included in the requested tags.");
  settings.transitive = in.transitive;
  if (!caller) return;
  for (const std::string& key : caller->settings.transitive) {
    if (contains(keys, key))
      throw invalid_parameter(
          "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag "
          "key from the calling session.");
    settings.transitive.push_back(key);
    for (const auto& [name, value] : caller->settings.tags)
      if (auth::lower_case(name) == auth::lower_case(key)) settings.tags[name] = value;
  }
}

auth::Context context_of_session(const Sts& sts, const Request& request, const In& in) {
  auth::Context context = context_of(sts, request);
  context.add("sts:RoleSessionName", in.name);
  if (in.external_id) context.add("sts:ExternalId", *in.external_id);
  if (in.source_identity) context.add("sts:SourceIdentity", *in.source_identity);
  for (const Tag& tag : in.tags) {
    context.add("aws:RequestTag/" + tag.key, tag.value);
    context.add("aws:TagKeys", tag.key);
  }
  for (const std::string& key : in.transitive) context.add("sts:TransitiveTagKeys", key);
  return context;
}

// Throws AccessDenied if the caller may not assume the role so. If signatures are not verified, everyone may.
void check_trust(const Sts& sts, const Request& request, const auth::Entity& role, const In& in) {
  if (!request.caller.identity) return;
  const auto caller = sts.identity_of(request);
  if (caller->kind == auth::IdentityKind::root)
    throw access_denied("Roles may not be assumed by root accounts.");
  const auth::PolicySetPtr policies = sts.policies_of(request);
  const auth::Context context = context_of_session(sts, request, in);
  std::vector<std::string_view> actions{"sts:AssumeRole"};
  if (!in.tags.empty()) actions.push_back("sts:TagSession");
  if (in.source_identity) actions.push_back("sts:SetSourceIdentity");
  for (const std::string_view action : actions)
    if (const std::string why = refusal(role, in.role, action, *caller, *policies, context); !why.empty())
      throw access_denied(why);
}

asio::awaitable<Out> assume_role(Sts& sts, Request& request, In in) {
  check_role_arn(in.role);
  const auth::EntityPtr role = sts.identities.role_of_arn(in.role);
  if (!role) throw cannot_assume(request.caller.arn, in.role);
  check_trust(sts, request, *role, in);
  const auth::SessionPtr caller = sts.session_of(request);
  if (caller && in.duration.value_or(0) > kMostOfChain)
    throw invalid(
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  auth::SessionSettings settings = settings_of(sts, in);
  add_tags(in, caller, settings);
  // A source identity stays through a chain of roles.
  settings.source_identity = caller && !caller->settings.source_identity.empty()
                                 ? caller->settings.source_identity
                                 : in.source_identity.value_or("");
  Out out;
  if (!settings.source_identity.empty()) out.source_identity = settings.source_identity;
  static_cast<SessionOutput&>(out) = new_session(sts, *role, duration_of(in, *role), std::move(settings));
  co_return out;
}

}  // namespace

// The operation itself asks for the permission, since the role's trust policy is part of the decision.
extern const Operation kAssumeRole;
const Operation kAssumeRole = operation("AssumeRole", kInput, kOutput, assume_role).writes().on(no_resource);

}  // namespace millrace::sts
