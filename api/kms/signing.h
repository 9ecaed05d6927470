// What Sign and Verify check in common.
#pragma once

#include "api/kms/asymmetric.h"
#include "api/kms/shapes.h"

namespace millrace::kms {

// Throws unless the key is enabled, and signs with the algorithm. `operation`: as messages name it.
inline void check_signs(const Key& key, const std::string& algorithm, std::string_view operation) {
  check_enabled(key);
  check_usage(key, kSignVerify, operation);
  if (!has_algorithm(*key.spec, key.usage, algorithm)) throw wrong_algorithm(algorithm, key.spec->name);
}

// RAW unless the request says DIGEST. Throws ValidationException for a digest of another size than the
// algorithm's.
inline Message message_kind(const std::optional<std::string>& type, const Blob& message,
                            const Algorithm& algorithm) {
  if (type.value_or("RAW") == "RAW") return Message::raw;
  if (message.bytes.size() != static_cast<std::size_t>(algorithm.digest_bytes))
    throw bad_digest_length(algorithm.name);
  return Message::digest;
}

}  // namespace millrace::kms
