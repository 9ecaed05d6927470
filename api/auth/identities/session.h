// Temporary credentials. There is no row of them: the session token is the session, sealed under a key that
// only this server has, so that it is valid after a restart too.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/auth/identities/entity.h"
#include "api/core/seal.h"
#include "storage/clock.h"

namespace millrace::auth {

// Longer tokens are not looked at. A session with as many policies and tags as STS accepts is shorter.
inline constexpr std::size_t kMaxSessionToken = 32 << 10;

// What the caller of AssumeRole adds to a session.
struct SessionSettings {
  std::string name;                       // RoleSessionName
  std::string policy;                     // a document that restricts the session; empty: none
  std::vector<PolicyReference> policies;  // managed policies that do
  std::map<std::string, std::string> tags;
  std::vector<std::string> transitive;  // keys of tags that the sessions get that this one creates
  std::string source_identity;
};

struct Session {
  std::string access_key, secret;
  std::string account;  // of the role, the user or the root
  std::string owner;    // the id of the role or the user; of a root, the account
  Time issued{}, expires{};
  SessionSettings settings;  // of a role's session
};
using SessionPtr = std::shared_ptr<const Session>;

[[nodiscard]] std::string seal_session(const Session& session, const Seal& seal);
// nullopt: the text is not a token of this server.
[[nodiscard]] std::optional<Session> open_session(std::string_view token, const Seal& seal);

}  // namespace millrace::auth
