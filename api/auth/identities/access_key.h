// Access keys of users and roots. On disk, their secrets are sealed under the master key.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "api/core/seal.h"
#include "storage/clock.h"

namespace millrace::auth {

struct AccessKey {
  std::string id;       // AKIA...
  std::string account;  // twelve digits
  std::string owner;    // the id of the user; of a root, the account
  std::string secret;
  std::string sealed;  // the secret as it is stored
  bool active = true;
  Time created{};

  [[nodiscard]] bool is_root() const { return owner == account; }
};
using AccessKeyPtr = std::shared_ptr<const AccessKey>;

// The secret of a row was sealed under another master key.
class SecretSealed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Sets `sealed` from `secret`.
void seal_secret(AccessKey& key, const Seal& seal);

// The row: JSON, without the plain secret. `access_key_of_row` throws an exception derived from
// std::exception; SecretSealed if the secret was sealed under another key.
[[nodiscard]] std::string row_of(const AccessKey& key);
[[nodiscard]] AccessKey access_key_of_row(const std::string& row, const Seal& seal);

}  // namespace millrace::auth
