// Which keys can be rotated: symmetric ones. Source: KMS Developer Guide, "Rotate AWS KMS keys".
#pragma once

#include "api/kms/errors.h"
#include "api/kms/find.h"

namespace millrace::kms {

// For reading about rotations. Throws UnsupportedOperationException.
inline void check_rotation_is_known(const Key& key) {
  if (!key.is_symmetric()) throw unsupported("");
}
// For changing them. Throws the errors of check_enabled too.
inline void check_rotates(const Key& key) {
  check_enabled(key);
  check_rotation_is_known(key);
}

}  // namespace millrace::kms
