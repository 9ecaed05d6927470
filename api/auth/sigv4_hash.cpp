#include "api/auth/sigv4_hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <new>

namespace millrace::auth {

namespace {

void check(int done) {
  if (done != 1) throw std::bad_alloc();  // OpenSSL fails here for nothing else
}

// Fetched once: a look-up by name costs more than the hash of a short text.
const EVP_MD* digest() {
  static EVP_MD* const kDigest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kDigest;
}

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

EVP_MAC_CTX* new_mac() {
  static EVP_MAC* const kMac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(kMac);
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_CTX_set_params(context, parameters) != 1) throw std::bad_alloc();
  return context;
}

const unsigned char* data_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Hash sha256_hash(std::string_view bytes) {
  static thread_local BodyHash hash;
  hash.update(bytes);
  return hash.take();
}

Hash hmac_sha256(std::string_view key, std::string_view message) {
  static thread_local const std::unique_ptr<EVP_MAC_CTX, FreeMac> mac(new_mac());
  // OpenSSL takes no key for the last one.
  const std::string_view given = key.empty() ? std::string_view("\0", 1) : key;
  Hash out;
  std::size_t size = 0;
  check(EVP_MAC_init(mac.get(), data_of(given), given.size(), nullptr));
  check(EVP_MAC_update(mac.get(), data_of(message), message.size()));
  check(EVP_MAC_final(mac.get(), out.data(), &size, out.size()));
  return out;
}

void append_hex(std::string& out, const Hash& hash) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const unsigned char byte : hash) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

BodyHash::BodyHash() : context_(EVP_MD_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  check(EVP_DigestInit_ex2(context_.get(), digest(), nullptr));
}

void BodyHash::update(std::string_view bytes) {
  check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

Hash BodyHash::take() {
  Hash out;
  check(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr));
  check(EVP_DigestInit_ex2(context_.get(), digest(), nullptr));
  return out;
}

}  // namespace millrace::auth
