// The resources of KMS's operations, out of their inputs. Policies name keys: an alias stands for the key
// that it points to. An alias of AWS that is not used yet, whose key does not exist, stands for itself.
#pragma once

#include "api/core/access.h"

namespace millrace::kms {

// The key in KeyId.
[[nodiscard]] std::vector<Resource> key_of_input(void* service, const InputView& input,
                                                 const Principal& caller);
// The key that encrypted CiphertextBlob; with the algorithm of an RSA key, the one in KeyId or SourceKeyId.
[[nodiscard]] std::vector<Resource> key_of_ciphertext(void* service, const InputView& input,
                                                      const Principal& caller);
// The key in DestinationKeyId.
[[nodiscard]] std::vector<Resource> destination_of_input(void* service, const InputView& input,
                                                         const Principal& caller);
// The alias in AliasName.
[[nodiscard]] std::vector<Resource> alias_of_input(void* service, const InputView& input,
                                                   const Principal& caller);
// The keys that an alias is taken from and given to: that of AliasName, if it exists, and TargetKeyId.
[[nodiscard]] std::vector<Resource> keys_of_alias(void* service, const InputView& input,
                                                  const Principal& caller);
// The key of a grant: in KeyId, or in GrantToken.
[[nodiscard]] std::vector<Resource> key_of_grant(void* service, const InputView& input,
                                                 const Principal& caller);

}  // namespace millrace::kms
