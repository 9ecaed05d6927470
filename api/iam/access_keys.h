// Access keys, and whose they are.
#pragma once

#include "api/core/dates.h"
#include "api/iam/changes.h"

namespace millrace::iam {

// What answers call a root, which has no name.
inline constexpr const char* kRootName = "root";

struct KeyOwner {
  std::string id;    // of the user; of a root, the account
  std::string name;  // kRootName for a root
};

// The user that is named, or else who calls: a user or a root. Throws NoSuchEntity, and ValidationError if
// who calls has no keys.
[[nodiscard]] KeyOwner owner_of(const Iam& iam, const Caller& caller, const std::optional<std::string>& user);
// The changes are applied only if the owner is still the same.
void expect_owner(Iam& iam, const Caller& caller, const KeyOwner& owner, RowChanges& changes);

// The owner's key. Throws NoSuchEntity.
[[nodiscard]] auth::Store::Keys::Read key_of(const Iam& iam, const KeyOwner& owner, const std::string& id);
[[nodiscard]] const char* status_of(const auth::AccessKey& key);

}  // namespace millrace::iam
