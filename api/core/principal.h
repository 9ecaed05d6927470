// The identity that acts. Every call has one: a client's request, a function (its role), a mapping, a
// delivery.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

namespace auth {
struct Identity;
struct PolicySet;
}  // namespace auth

struct Principal {
  std::string account;         // twelve digits
  std::string region;          // of the credential scope, or the configured default: every resource has one
  std::string access_key;      // empty: the request was not signed
  std::string_view operation;  // what is asked for, as `Request::operation`
  std::string arn;             // of a user, a role's session or the account's root
  std::string session;         // of an assumed role; empty: none
  std::string source;          // the address that the request came from; empty: the server itself
  std::string listener;        // where it came in; empty: the server itself
  // Whom the verified signature names; nullptr: signatures are not verified.
  std::shared_ptr<const auth::Identity> identity;
  std::shared_ptr<const auth::PolicySet> policies;  // of the identity, as they were when the request came
};

// The name of the principal as the parameter of an operation.
using Caller = Principal;

// The root principal of the account, which has all permissions.
[[nodiscard]] Principal root_of(std::string account, std::string region);
// The principal of a function: a session of its execution role.
[[nodiscard]] Principal role_session(std::string role_arn, std::string session, std::string account,
                                     std::string region);

}  // namespace millrace
