// The identifiers and secrets of IAM, of random bytes. Source: IAM user guide, "IAM identifiers" (prefixes).
#pragma once

#include <string>
#include <string_view>

namespace millrace::auth {

// `prefix` and 17 characters of A-Z and 2-7: "AIDA" user, "AGPA" group, "AROA" role, "ANPA" policy.
[[nodiscard]] std::string new_unique_id(std::string_view prefix);
// The same for every start, for what this server has by itself: derived from `name`.
[[nodiscard]] std::string derived_unique_id(std::string_view prefix, std::string_view name);
// `prefix` and 16 characters of A-Z and 2-7: "AKIA" of users and roots, "ASIA" of sessions.
[[nodiscard]] std::string new_access_key_id(std::string_view prefix);
// 40 characters of base64: 240 random bits.
[[nodiscard]] std::string new_secret();

}  // namespace millrace::auth
