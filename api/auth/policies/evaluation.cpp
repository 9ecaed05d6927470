#include "api/auth/policies/evaluation.h"

#include <algorithm>

#include "api/core/ascii.h"

namespace millrace::auth {

namespace {

using Outcome = Decision::Outcome;
using Source = Decision::Source;

// What stands for a caller in a policy, as bits.
enum Link : unsigned { kNone = 0, kAccount = 1, kRole = 2, kSelf = 4 };

unsigned links_of(const Identity& caller) {
  switch (caller.kind) {
    case IdentityKind::root:
      return kAccount;
    case IdentityKind::user:
      return kAccount | kSelf;
    case IdentityKind::assumed_role:
      return kAccount | kRole | kSelf;
    case IdentityKind::anonymous:
    case IdentityKind::service:
      return kSelf;
  }
  return kSelf;
}

unsigned links_by_id(const Identity& caller, std::string_view id) {
  if (caller.id == id) return kSelf;
  const bool role = caller.kind == IdentityKind::assumed_role && caller.id.size() > id.size() &&
                    caller.id[id.size()] == ':' && caller.id.starts_with(id);
  return role ? kRole : kNone;
}

// Which of the caller's links a name is.
unsigned named_links(const PrincipalName& name, const Identity& caller) {
  const bool service = caller.kind == IdentityKind::service;
  const bool known = !service && caller.kind != IdentityKind::anonymous;
  switch (name.kind) {
    case PrincipalName::Kind::everyone:
      return kAccount | kRole | kSelf;
    case PrincipalName::Kind::account:
      return known && name.text == caller.account ? kAccount : kNone;
    case PrincipalName::Kind::arn:
      if (!known) return kNone;
      if (name.text == caller.arn) return kSelf;
      return caller.kind == IdentityKind::assumed_role && name.text == caller.role_arn ? kRole : kNone;
    case PrincipalName::Kind::id:
      return known ? links_by_id(caller, name.text) : kNone;
    case PrincipalName::Kind::service:
      return service && (name.text == caller.name || name.text == "*") ? kSelf : kNone;
    case PrincipalName::Kind::federated:
    case PrincipalName::Kind::canonical_user:
      break;
  }
  return kNone;
}

// The links by which a statement applies to the caller; kNone: it does not.
unsigned principal_links(const Statement& statement, const Identity& caller) {
  const unsigned links = links_of(caller);
  unsigned named = kNone;
  for (const PrincipalName& name : statement.principals) named |= named_links(name, caller);
  named &= links;
  if (!statement.not_principals) return named;
  if (statement.allow) return named == kNone ? links : kNone;
  return links & ~named;
}

// What the policies of one kind say.
struct Verdict {
  bool denies = false;
  unsigned allows = kNone;  // the links by which they allow

  [[nodiscard]] bool allow() const { return allows != kNone; }
};

class Evaluation {
 public:
  Evaluation(const AccessRequest& request, std::vector<MatchedStatement>* matched)
      : request_(request),
        action_(lowered(std::string(request.action))),
        keys_(request.context, request.caller, request.resource_account),
        matched_(matched) {}

  [[nodiscard]] Verdict judge(std::span<const PolicyPtr> policies, Source source) const {
    Verdict out;
    for (const PolicyPtr& policy : policies)
      if (policy) judge(*policy, source, out);
    return out;
  }

 private:
  void judge(const Policy& policy, Source source, Verdict& verdict) const {
    const std::vector<Statement>& statements = policy.statements();
    for (std::size_t i = 0; i < statements.size(); ++i) {
      if (!matches_action(statements[i])) continue;
      // The policies of a caller name no principal: they apply to whom they are attached to.
      const unsigned links = policy.kind() == PolicyKind::identity
                                 ? unsigned{kSelf}
                                 : principal_links(statements[i], request_.caller);
      if (links == kNone || !matches_resource(statements[i]) || !holds(statements[i])) continue;
      if (statements[i].allow) {
        verdict.allows |= links;
      } else {
        verdict.denies = true;
      }
      if (matched_) matched_->push_back({&policy, i, source});
      if (verdict.denies && !matched_) return;
    }
  }

  [[nodiscard]] bool matches_action(const Statement& statement) const {
    return any_matches(statement.actions, action_) != statement.not_actions;
  }

  [[nodiscard]] bool matches_resource(const Statement& statement) const {
    if (statement.resources.empty()) return true;
    if (any_matches(statement.resources, request_.resource) == statement.not_resources) return false;
    if (!statement.not_resources || !statement.allow) return true;
    return std::all_of(statement.resources.begin(), statement.resources.end(),
                       [&](const Pattern& pattern) { return pattern.resolves(keys_); });
  }

  [[nodiscard]] bool holds(const Statement& statement) const {
    return std::all_of(statement.conditions.begin(), statement.conditions.end(),
                       [&](const Condition& condition) { return condition.holds(keys_); });
  }

  [[nodiscard]] bool any_matches(const std::vector<Pattern>& patterns, std::string_view text) const {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const Pattern& pattern) { return pattern.matches(text, keys_); });
  }

  const AccessRequest& request_;
  const std::string action_;
  const RequestKeys keys_;
  std::vector<MatchedStatement>* const matched_;
};

struct Verdicts {
  Verdict identity, resource, boundary, session;  // what does not apply allows
};

Verdicts judge_all(const AccessRequest& request, const PolicySet& of_caller,
                   std::span<const PolicyPtr> of_resource, Source of_resource_source,
                   std::vector<MatchedStatement>* matched) {
  const Evaluation evaluation(request, matched);
  const Verdict unlimited{.denies = false, .allows = kSelf};
  Verdicts out{.identity = unlimited, .resource = {}, .boundary = unlimited, .session = unlimited};
  out.resource = evaluation.judge(of_resource, of_resource_source);
  if (request.caller.kind == IdentityKind::root) return out;
  out.identity = evaluation.judge(of_caller.identity, Source::identity);
  if (of_caller.boundary) out.boundary = evaluation.judge({&of_caller.boundary, 1}, Source::boundary);
  if (of_caller.has_session_policies) out.session = evaluation.judge(of_caller.session, Source::session);
  return out;
}

constexpr Decision kAllowed{Outcome::allowed, Source::none};

Decision not_allowed(Source source) { return {Outcome::implicit_deny, source}; }

// `base`: whether the identity policies allow, or what stands for them.
Decision within_limits(bool base, const Verdicts& verdicts) {
  if (!base) return not_allowed(Source::identity);
  if (!verdicts.boundary.allow()) return not_allowed(Source::boundary);
  if (!verdicts.session.allow()) return not_allowed(Source::session);
  return kAllowed;
}

}  // namespace

Decision decide(const AccessRequest& request, const PolicySet& of_caller,
                std::span<const PolicyPtr> of_resource, ResourceRule rule,
                std::vector<MatchedStatement>* matched) {
  const Source resource_source = rule == ResourceRule::trust ? Source::trust : Source::resource;
  const Verdicts verdicts = judge_all(request, of_caller, of_resource, resource_source, matched);
  for (const auto& [verdict, source] :
       {std::pair(&verdicts.identity, Source::identity), std::pair(&verdicts.resource, resource_source),
        std::pair(&verdicts.boundary, Source::boundary), std::pair(&verdicts.session, Source::session)})
    if (verdict->denies) return {Outcome::explicit_deny, source};

  const Identity& caller = request.caller;
  const unsigned by_resource = verdicts.resource.allows;
  if (caller.kind == IdentityKind::anonymous || caller.kind == IdentityKind::service)
    return by_resource ? kAllowed : not_allowed(resource_source);
  const bool same_account =
      request.resource_account.empty() || request.resource_account == std::string_view(caller.account);
  if (!same_account) {
    const Decision own = within_limits(verdicts.identity.allow(), verdicts);
    return own.allowed() && !by_resource ? not_allowed(resource_source) : own;
  }
  if (rule != ResourceRule::either && !by_resource) return not_allowed(resource_source);
  if (by_resource & kSelf) return kAllowed;
  return within_limits(verdicts.identity.allow() || (by_resource & kRole) != 0, verdicts);
}

std::string denial_text(const AccessRequest& request, const Decision& decision) {
  static constexpr std::string_view kAnonymous = "anonymous";
  const Identity& caller = request.caller;
  const std::string_view who = caller.kind == IdentityKind::anonymous ? kAnonymous
                               : caller.arn.empty()                   ? std::string_view(caller.name)
                                                                      : std::string_view(caller.arn);
  std::string out = "User: " + std::string(who) + " is not authorized to perform: ";
  out.append(request.action).append(" on resource: ").append(request.resource);
  static constexpr std::string_view kKinds[] = {
      "", "identity-based policy", "resource-based policy", "permissions boundary", "session policy", ""};
  const std::string_view kind = kKinds[static_cast<std::size_t>(decision.source)];
  if (kind.empty()) return out;
  if (decision.outcome == Outcome::explicit_deny) {
    const bool vowel = kind.front() == 'i';
    return out.append(" with an explicit deny in ").append(vowel ? "an " : "a ").append(kind);
  }
  return out.append(" because no ")
      .append(kind)
      .append(" allows the ")
      .append(request.action)
      .append(" action");
}

}  // namespace millrace::auth
