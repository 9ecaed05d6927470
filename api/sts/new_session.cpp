#include "api/sts/new_session.h"

#include "api/auth/policies/policy.h"
#include "api/sts/errors.h"

namespace millrace::sts {

namespace {

constexpr std::size_t kMostPacked = 4096;
constexpr int kDefaultDuration = 3600;

}  // namespace

void check_role_arn(const std::string& arn) {
  const auto resource = resource_of_arn(arn);
  if (!resource || !arn.starts_with("arn:") || arn.starts_with("arn::")) throw invalid(arn + " is invalid");
}

std::chrono::seconds duration_of(const SessionInput& in, const auth::Entity& role) {
  const std::chrono::seconds duration(in.duration.value_or(kDefaultDuration));
  if (duration > role.max_session)
    throw invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return duration;
}

auth::SessionSettings settings_of(const Sts& sts, const SessionInput& in) {
  auth::SessionSettings settings;
  settings.name = in.name;
  if (in.policy) {
    try {
      (void)auth::parse_policy(*in.policy, auth::PolicyKind::identity);
    } catch (const auth::MalformedPolicy& e) {
      throw malformed_policy(e.what());
    }
    settings.policy = *in.policy;
  }
  if (!in.policies) return settings;
  for (const PolicyArn& policy : *in.policies) {
    const std::string arn = policy.arn.value_or("");
    const auth::ManagedPolicyPtr found = sts.identities.policy_of_arn(arn);
    if (!found) throw invalid(arn + " is invalid");
    settings.policies.push_back({found->arn(sts.identities.partition()), found->id});
  }
  return settings;
}

std::optional<int> packed_size(const auth::SessionSettings& settings) {
  std::size_t bytes = settings.policy.size();
  for (const auth::PolicyReference& policy : settings.policies) bytes += policy.arn.size();
  for (const auto& [key, value] : settings.tags) bytes += key.size() + value.size();
  if (bytes == 0) return std::nullopt;
  const std::size_t percent = (bytes * 100 + kMostPacked - 1) / kMostPacked;
  if (percent > 100) throw packed_policy_too_large(percent);
  return static_cast<int>(percent);
}

SessionOutput new_session(const Sts& sts, const auth::Entity& role, std::chrono::seconds duration,
                          auth::SessionSettings settings) {
  SessionOutput out;
  out.packed_size = packed_size(settings);
  out.user.id = role.id + ":" + settings.name;
  out.user.arn = "arn:" + sts.identities.partition() + ":sts::" + role.account + ":assumed-role/" +
                 role.name + "/" + settings.name;
  out.credentials = output_of(sts.identities.issue(role, duration, std::move(settings)));
  return out;
}

}  // namespace millrace::sts
