// Structures that more than one operation uses. Source: botocore sts/2011-06-15.
#pragma once

#include "api/core/members.h"
#include "api/core/operation.h"
#include "api/sts/service.h"

namespace millrace::sts {

inline constexpr Rules kArn = rules(length(20, 2048));
inline constexpr Rules kSessionName = rules(length(2, 64), pattern("[\\w+=,.@-]*"));
inline constexpr Rules kTagKey = rules(length(1, 128), pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+"));
inline constexpr Rules kTagValue = rules(length(0, 256), pattern("[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*"));
inline constexpr std::size_t kMaxTags = 50;

struct Tag {
  std::string key, value;
};
inline constexpr auto kTag =
    shape<Tag>(field("Key", &Tag::key, required, kTagKey), field("Value", &Tag::value, required, kTagValue));
struct PolicyArn {
  std::optional<std::string> arn;
};
inline constexpr auto kPolicyArn = shape<PolicyArn>(field("arn", &PolicyArn::arn, kArn));

struct CredentialsOutput {
  std::string access_key, secret, token;
  Time expires{};
};
inline constexpr auto kCredentials = shape<CredentialsOutput>(
    field("AccessKeyId", &CredentialsOutput::access_key),
    field("SecretAccessKey", &CredentialsOutput::secret), field("SessionToken", &CredentialsOutput::token),
    field("Expiration", &CredentialsOutput::expires));
[[nodiscard]] CredentialsOutput output_of(const auth::Credentials& credentials);

// For operations that ask for no permission.
[[nodiscard]] std::vector<Resource> no_resource(void* service, const InputView& input,
                                                const Principal& caller);

// Members for MFA devices, which users cannot have here.
inline constexpr auto kMfa = members(refused("SerialNumber", "users have no MFA devices"),
                                     refused("TokenCode", "users have no MFA devices"));

}  // namespace millrace::sts
