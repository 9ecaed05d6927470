// Key policies. Source: KMS Developer Guide, "Key policies in AWS KMS".
#pragma once

#include <string>

#include "api/core/principal.h"

namespace millrace::kms {

inline constexpr std::size_t kMaxPolicyBytes = 32 << 10;

// The policy that a key has if CreateKey names none: it lets IAM policies of the account decide.
[[nodiscard]] std::string default_policy(const std::string& account, const std::string& region);

// Throws MalformedPolicyDocumentException for a text that is not a key policy.
void check_policy(const std::string& policy);
// Throws MalformedPolicyDocumentException unless a statement without a condition lets the caller, or the
// whole account, change the policy again.
void check_lockout(const std::string& policy, const Principal& caller);

}  // namespace millrace::kms
