#include "api/auth/identities/unique_id.h"

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "storage/base/ids.h"

namespace millrace::auth {

namespace {

constexpr std::size_t kIdCharacters = 17, kKeyCharacters = 16, kSecretBytes = 30;

// A character for each byte, of which five bits count.
std::string base32_characters(std::string_view bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  for (const char c : bytes) out += kAlphabet[static_cast<unsigned char>(c) & 31];
  return out;
}

}  // namespace

std::string new_unique_id(std::string_view prefix) {
  return std::string(prefix) + base32_characters(random_bytes(kIdCharacters));
}

std::string derived_unique_id(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + base32_characters(sha256(name).substr(0, kIdCharacters));
}

std::string new_access_key_id(std::string_view prefix) {
  return std::string(prefix) + base32_characters(random_bytes(kKeyCharacters));
}

std::string new_secret() { return base64_encode(random_bytes(kSecretBytes)); }

}  // namespace millrace::auth
