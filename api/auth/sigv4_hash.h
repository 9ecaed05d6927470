// SHA-256 and HMAC-SHA256 as signatures need them: many short ones, without an allocation each.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::auth {

using Hash = std::array<unsigned char, 32>;

[[nodiscard]] Hash sha256_hash(std::string_view bytes);
[[nodiscard]] Hash hmac_sha256(std::string_view key, std::string_view message);
[[nodiscard]] inline std::string_view bytes_of(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
void append_hex(std::string& out, const Hash& hash);  // in lower case

// Whether the texts are equal, in a time that depends on their sizes alone.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

// SHA-256 of a body that comes in pieces.
class BodyHash {
 public:
  BodyHash();

  void update(std::string_view bytes);
  // Of what came since the beginning or the last call.
  [[nodiscard]] Hash take();

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace millrace::auth
