// Signing keys: derived from a secret access key for one day, region and service, and kept.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth/sigv4_hash.h"

namespace millrace::auth {

// What a signing key is derived for.
struct KeyScope {
  std::string_view access_key, date, region, service;
};

// Source: IAM user guide, "Create a signed AWS API request", step 4.
[[nodiscard]] Hash derive_signing_key(std::string_view secret, const KeyScope& scope);

// The signing keys of recent requests. A key is found only with the secret that it was derived from, so that
// a secret that was replaced is of no use. Owned by the application. Safe from any thread.
class SigningKeys {
 public:
  // `most`: of the keys that are kept, at least 2; those that were not used for longest go first, half of
  // them at once.
  explicit SigningKeys(std::size_t most = 4096) : most_(most) {}

  // nullopt: the key is not kept.
  [[nodiscard]] std::optional<Hash> find(std::string_view secret, const KeyScope& scope);
  // Keeps the key of a request whose signature was right. Others are not kept: a stranger could fill the
  // cache.
  void keep(std::string_view secret, const KeyScope& scope, const Hash& key);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    Hash secret;  // SHA-256 of the secret
    Hash key;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  void add(std::string name, const Entry& entry);  // with the lock held

  const std::size_t most_;
  mutable std::mutex mutex_;
  Entries recent_, older_;  // no name is in both
};

}  // namespace millrace::auth
