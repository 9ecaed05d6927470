// The ciphertext blobs of symmetric keys. A blob names its key and the key's material, so that Decrypt needs
// no KeyId. Integers are little-endian:
//   blob := magic u8[4] "MRKM" | format u8 = 1 | key id u8[16] | material u32 | nonce u8[12] |
//           ciphertext u8[size of the plaintext] | tag u8[16]
// in AES-256-GCM with a random nonce. What stands before the nonce and the canonical form of the encryption
// context are authenticated too: a blob opens only with the context that it was made with.
//   context := (size of key u32 | key | size of value u32 | value)...   ordered by key, bytewise
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/kms/secret.h"

namespace millrace::kms {

using EncryptionContext = std::map<std::string, std::string>;

inline constexpr std::size_t kHeadBytes = 4 + 1 + 16 + 4, kBlobBytes = kHeadBytes + 12 + 16;

// What a blob says of itself.
struct CiphertextHead {
  std::string key_id;          // a UUID in lower case
  std::uint32_t material = 0;  // its place among the key's materials, from 0
};

// `material` has 32 bytes, and `head.key_id` is a UUID; throws std::invalid_argument otherwise.
[[nodiscard]] std::string seal_ciphertext(const Secret& material, const CiphertextHead& head,
                                          const EncryptionContext& context, std::string_view plaintext);

// nullopt: the text, which can be anything, is not a blob. Reads the head alone.
[[nodiscard]] std::optional<CiphertextHead> head_of(std::string_view blob);

// nullopt: the blob was changed, or was made with another material or context.
[[nodiscard]] std::optional<Secret> open_ciphertext(const Secret& material, std::string_view blob,
                                                    const EncryptionContext& context);

// Whether a text is a UUID in lower case, as the ids of keys are.
[[nodiscard]] bool is_uuid(std::string_view text);

}  // namespace millrace::kms
