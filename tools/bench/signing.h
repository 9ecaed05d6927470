// AWS Signature Version 4 for the requests of the load, where a server verifies them. A signature is valid
// for five minutes, so that the load can send the same bytes again and again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::bench {

struct Keys {
  std::string access_key, secret;
};

// The keys that requests are signed with from now on; nullopt: requests have a wrong signature of the right
// form. Set before there is a second thread.
void sign_with(std::optional<Keys> keys);

// The header fields X-Amz-Date and Authorization of a POST to the root of `host`, each with its line end.
// `service`: as in the credential scope. `target`: the value of X-Amz-Target.
[[nodiscard]] std::string signature_fields(std::string_view host, std::string_view service,
                                           std::string_view target, std::string_view body);

}  // namespace millrace::bench
