// Identity tokens of OpenID Connect: JSON Web Tokens (RFC 7519), signed by a key of a JWKS (RFC 7517).
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "storage/clock.h"

namespace millrace::sts {

// Longer tokens are not looked at. Source: botocore sts/2011-06-15, clientTokenType.
inline constexpr std::size_t kMaxWebToken = 20'000;

struct WebClaims {
  std::string issuer, subject;
  std::vector<std::string> audiences;  // of "aud", and "azp" if the token has it
  Time expires{};
  std::optional<Time> not_before;
};

// The token is not to be trusted; what() says why.
class UntrustedToken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The issuer as the token states it, not verified. Throws UntrustedToken for what is no token.
[[nodiscard]] std::string issuer_of(std::string_view token);

// The claims of a token that a key of the set signed (RS256, RS384, RS512, ES256). Whether they are still
// valid, and for whom, is the caller's to check. Takes up to some hundred microseconds. Throws
// UntrustedToken.
[[nodiscard]] WebClaims verified_claims(std::string_view token, const std::string& jwks);

}  // namespace millrace::sts
