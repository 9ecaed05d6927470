// The errors of KMS. Sources of the texts: recordings of AWS by LocalStack's tests (tests/aws/services/kms)
// and moto's; KMS API reference. Texts marked (own) are not known of AWS.
#pragma once

#include <string>
#include <string_view>

#include "api/core/error.h"
#include "api/core/principal.h"

namespace millrace::kms {

// A ValidationException with this text.
ApiError invalid(const std::string& text);
// A secret blob has another length than allowed. `violation`: "less than or equal to 4096".
ApiError invalid_length(const std::string& member, const std::string& violation);

// ---- Names of keys ----
ApiError invalid_key_id(std::string_view text);
ApiError invalid_region(std::string_view region);
ApiError no_key(const std::string& arn);
ApiError no_alias(const std::string& arn);
ApiError other_account(const Principal& caller, std::string_view arn);
// The key of a ciphertext is not in the caller's account and region.
ApiError no_key_of_ciphertext();

// ---- States and kinds of keys ----
ApiError disabled(const std::string& arn);
ApiError pending_deletion(const std::string& arn);
ApiError not_pending_deletion(const std::string& arn);
ApiError managed_by_aws(const Principal& caller, const std::string& arn);
ApiError wrong_usage(const std::string& arn, std::string_view usage, std::string_view operation);
ApiError wrong_algorithm(std::string_view algorithm, std::string_view spec);
ApiError unsupported(const std::string& text);
// The material of the key cannot be decrypted (own).
ApiError unavailable(const std::string& arn);

// ---- Results of cryptography ----
ApiError bad_ciphertext();
ApiError wrong_key();
ApiError bad_signature();
ApiError bad_mac();
ApiError bad_digest_length(std::string_view algorithm);
ApiError too_long(std::string_view algorithm, std::string_view spec, std::size_t most);
ApiError dry_run();

// ---- Aliases, tags, policies, grants, rotations ----
ApiError alias_without_prefix();
ApiError alias_reserved();
ApiError alias_exists(const std::string& arn);
ApiError alias_to_alias();
ApiError tag_error(const std::string& text);
ApiError malformed_policy(const std::string& text);
ApiError policy_lockout();
ApiError no_policy(std::string_view name);
ApiError no_grant(std::string_view id);
ApiError bad_grant_token();
ApiError bad_marker();
ApiError limit_exceeded(const std::string& text);
ApiError rotation_limit(const std::string& arn);

ApiError internal();

}  // namespace millrace::kms
