// What an alias may be called, and which keys it may point to. Source: KMS API reference, CreateAlias.
#pragma once

#include "api/kms/find.h"

namespace millrace::kms {

// Throws for a name that clients cannot give to an alias.
void check_new_alias(const std::string& name);
// The key in TargetKeyId. Throws ValidationException for an alias, and KMSInvalidStateException for a key
// that is pending deletion.
[[nodiscard]] FoundKey find_alias_target(const Kms& k, const Principal& caller, const std::string& id);
// Throws LimitExceededException if the key has as many aliases as are allowed.
void check_alias_count(const Kms& k, const Key& key);

}  // namespace millrace::kms
