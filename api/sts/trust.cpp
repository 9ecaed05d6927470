#include "api/sts/trust.h"

#include "api/auth/policies/evaluation.h"
#include "api/core/dates.h"

namespace millrace::sts {

auth::Context context_of(const Sts& sts, const Request& request) {
  auth::Context context;
  const Time now = sts.clock.now();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  context.add("aws:CurrentTime", iso8601_seconds(now));
  context.add("aws:EpochTime", std::to_string(seconds));
  context.add("aws:SecureTransport", request.http.secure ? "true" : "false");
  context.add("aws:RequestedRegion", request.caller.region);
  if (!request.caller.source.empty()) context.add("aws:SourceIp", request.caller.source);
  if (const auto agent = request.http.headers.find("user-agent"))
    context.add("aws:UserAgent", std::string(*agent));
  return context;
}

std::string refusal(const auth::Entity& role, const std::string& role_arn, std::string_view action,
                    const auth::Identity& caller, const auth::PolicySet& policies,
                    const auth::Context& context) {
  const auth::AccessRequest asked{action, role_arn, role.account, caller, context};
  auth::PolicyPtr trust;
  try {
    trust = auth::parse_policy(role.trust, auth::PolicyKind::trust);
  } catch (const auth::MalformedPolicy&) {
    return auth::denial_text(asked, {auth::Decision::Outcome::implicit_deny, auth::Decision::Source::trust});
  }
  const auth::Decision decision = auth::decide(asked, policies, {&trust, 1}, auth::ResourceRule::trust);
  return decision.allowed() ? std::string() : auth::denial_text(asked, decision);
}

}  // namespace millrace::sts
