// The identity behind an access key: what policies can name, and what the audit trail records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "storage/clock.h"

namespace millrace::auth {

enum class IdentityKind : std::uint8_t { root, user, assumed_role, anonymous, service };

// Immutable once created, and shared by all requests of its access key.
struct Identity {
  IdentityKind kind = IdentityKind::anonymous;
  std::string account;       // twelve digits
  std::string arn;           // of the user, of the account's root, or of the session (arn:aws:sts::...)
  std::string id;            // AIDA..., AROA...:SESSION, or the account of a root
  std::string name;          // of the user or the role; empty for a root
  std::string role_arn;      // of the role, for a session
  std::string session_name;  // for a session
  std::map<std::string, std::string> tags;  // of the user or the session: aws:PrincipalTag/KEY
  std::optional<Time> issued;               // when a session's credentials were created
};

}  // namespace millrace::auth
