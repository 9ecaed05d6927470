// The cryptography of key pairs and of MAC keys, by OpenSSL. Private keys are in PKCS#8, public ones in
// SubjectPublicKeyInfo, both in DER, as GetPublicKey and GenerateDataKeyPair return them. All functions
// throw std::runtime_error if OpenSSL fails for another reason than its input.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/kms/secret.h"
#include "api/kms/specs.h"

namespace millrace::kms {

struct KeyPair {
  Secret private_key;
  std::string public_key;
};
// Of an RSA or EC key spec. An RSA pair takes up to seconds of processor time: call it on a worker thread.
[[nodiscard]] KeyPair new_key_pair(const KeySpec& spec);

// What is signed: a message, or the digest of one, which has the algorithm's size.
enum class Message { raw, digest };
// Signatures: PKCS #1 v1.5; PSS with a salt as long as the digest; ECDSA in DER (ANSI X9.62).
[[nodiscard]] std::string sign(const Secret& private_key, const Algorithm& algorithm, Message kind,
                               std::string_view message);
[[nodiscard]] bool verifies(const std::string& public_key, const Algorithm& algorithm, Message kind,
                            std::string_view message, std::string_view signature);

// OAEP, with MGF1 of the same digest. The plaintext is at most max_plaintext long.
[[nodiscard]] std::string encrypt_oaep(const std::string& public_key, const Algorithm& algorithm,
                                       std::string_view plaintext);
// nullopt: the ciphertext is not one of this key and algorithm.
[[nodiscard]] std::optional<Secret> decrypt_oaep(const Secret& private_key, const Algorithm& algorithm,
                                                 std::string_view ciphertext);

[[nodiscard]] std::string mac_of(const Secret& key, const Algorithm& algorithm, std::string_view message);
// In time that does not depend on where the MACs differ.
[[nodiscard]] bool is_mac(const Secret& key, const Algorithm& algorithm, std::string_view message,
                          std::string_view mac);

}  // namespace millrace::kms
