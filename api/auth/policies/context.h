// The context of a request: the condition keys that policies compare, such as aws:SourceIp.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/auth/identity.h"

namespace millrace::auth {

// The values of a key; most keys have one. Times are ISO 8601 texts or seconds since 1970, binary values are
// base64, Booleans are "true" and "false".
using KeyValues = std::vector<std::string>;

class KeySource {
 public:
  virtual ~KeySource() = default;
  // The values of a key whose name is in small letters; nullptr if the request does not have the key. The
  // pointer is valid as long as the source.
  [[nodiscard]] virtual const KeyValues* find(std::string_view key) const = 0;
};

// The keys of one request. Names compare without regard to case. Used by one thread at a time.
class Context final : public KeySource {
 public:
  // Finds the values of a key whose name is in small letters; nullopt if there is none.
  using Lookup = std::function<std::optional<KeyValues>(std::string_view key)>;

  // Adds a value to a key.
  void add(std::string_view key, std::string value);
  // Sets what is asked, once a key, for keys without added values. Requests whose policies have no conditions
  // then compute no values.
  void set_lookup(Lookup lookup);

  [[nodiscard]] const KeyValues* find(std::string_view key) const override;

 private:
  Lookup lookup_;
  // An empty list: the request is known not to have the key.
  mutable std::map<std::string, KeyValues, std::less<>> values_;
};

// A context, and the keys that follow from the caller and the account of the resource. The context has
// precedence. From the caller: aws:PrincipalArn (of a session, its role's), aws:PrincipalAccount,
// aws:PrincipalType, aws:PrincipalTag/KEY, aws:PrincipalIsAWSService, aws:PrincipalServiceName, aws:userid,
// aws:username, aws:TokenIssueTime, and aws:MultiFactorAuthPresent ("false", for sessions). Further
// aws:ResourceAccount, and aws:ViaAWSService ("false").
// Source: the IAM user guide, "AWS global condition context keys".
class RequestKeys final : public KeySource {
 public:
  // Both must outlive this.
  RequestKeys(const Context& context, const Identity& caller, std::string_view resource_account)
      : context_(context), caller_(caller), resource_account_(resource_account) {}

  [[nodiscard]] const KeyValues* find(std::string_view key) const override;

 private:
  const Context& context_;
  const Identity& caller_;
  const std::string_view resource_account_;
  mutable std::deque<std::pair<std::string, KeyValues>> known_;
};

}  // namespace millrace::auth
