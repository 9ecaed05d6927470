// What the callers of AssumeRole and its like ask of a session, checked.
#pragma once

#include "api/sts/shapes.h"

namespace millrace::sts {

// The members that these operations have in common.
struct SessionInput {
  std::string role, name;
  std::optional<std::vector<PolicyArn>> policies;
  std::optional<std::string> policy;
  std::optional<int> duration;
};
inline constexpr auto kRoleAndPolicies =
    members(field("RoleArn", &SessionInput::role, required, kArn),
            field("RoleSessionName", &SessionInput::name, required, kSessionName),
            field("PolicyArns", &SessionInput::policies, length(0, 10), kPolicyArn));
inline constexpr auto kDuration =
    members(field("DurationSeconds", &SessionInput::duration, range(900, 43200)));

struct AssumedRoleUser {
  std::string id, arn;
};
inline constexpr auto kAssumedRoleUser =
    shape<AssumedRoleUser>(field("AssumedRoleId", &AssumedRoleUser::id), field("Arn", &AssumedRoleUser::arn));

struct SessionOutput {
  CredentialsOutput credentials;
  AssumedRoleUser user;
  std::optional<int> packed_size;
};
inline constexpr auto kCredentialsAndUser =
    members(field("Credentials", &SessionOutput::credentials, kCredentials),
            field("AssumedRoleUser", &SessionOutput::user, kAssumedRoleUser),
            field("PackedPolicySize", &SessionOutput::packed_size));

// Throws ValidationError for what is no ARN.
void check_role_arn(const std::string& arn);
// Throws ValidationError if the role's sessions must be shorter.
[[nodiscard]] std::chrono::seconds duration_of(const SessionInput& in, const auth::Entity& role);
// The name and the policies. Throws ValidationError, and MalformedPolicyDocument.
[[nodiscard]] auth::SessionSettings settings_of(const Sts& sts, const SessionInput& in);
// How much of what a session can carry its policies and tags take, in percent; nullopt: it has none. Throws
// PackedPolicyTooLarge.
[[nodiscard]] std::optional<int> packed_size(const auth::SessionSettings& settings);

// Creates the session.
[[nodiscard]] SessionOutput new_session(const Sts& sts, const auth::Entity& role,
                                        std::chrono::seconds duration, auth::SessionSettings settings);

}  // namespace millrace::sts
