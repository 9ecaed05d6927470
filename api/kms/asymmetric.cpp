#include "api/kms/asymmetric.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

namespace millrace::kms {

namespace {

using PrivateOrPublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using Digest = std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>;

void require(bool ok, const char* what) {
  if (ok) return;
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

PrivateOrPublicKey private_key_of(const Secret& der) {
  const unsigned char* at = der.data();
  PrivateOrPublicKey key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())), EVP_PKEY_free);
  require(key != nullptr, "a private key cannot be decoded");
  return key;
}

PrivateOrPublicKey public_key_of(const std::string& der) {
  const unsigned char* at = bytes(der);
  PrivateOrPublicKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())), EVP_PKEY_free);
  require(key != nullptr, "a public key cannot be decoded");
  return key;
}

Digest digest_of(const Algorithm& algorithm) {
  Digest digest(EVP_MD_fetch(nullptr, algorithm.digest, nullptr), EVP_MD_free);
  require(digest != nullptr, "no such digest");
  return digest;
}

Context context_of(EVP_PKEY* key) {
  Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), EVP_PKEY_CTX_free);
  require(context != nullptr, "no context");
  return context;
}

// The DER form that `write` (i2d_...) gives.
template <class Write>
std::string der_of(EVP_PKEY* key, Write write) {
  unsigned char* out = nullptr;
  const int size = write(key, &out);
  require(size > 0, "a key cannot be encoded");
  std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  OPENSSL_clear_free(out, static_cast<std::size_t>(size));
  return der;
}

int write_pkcs8(EVP_PKEY* key, unsigned char** out) {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, decltype(&PKCS8_PRIV_KEY_INFO_free)> info(
      EVP_PKEY2PKCS8(key), PKCS8_PRIV_KEY_INFO_free);
  return info ? i2d_PKCS8_PRIV_KEY_INFO(info.get(), out) : 0;
}

std::string digest(const Algorithm& algorithm, std::string_view message) {
  std::string out(static_cast<std::size_t>(algorithm.digest_bytes), '\0');
  const Digest md = digest_of(algorithm);
  require(EVP_Digest(message.data(), message.size(), bytes(out), nullptr, md.get(), nullptr) == 1, "digest");
  return out;
}

void set_signature_form(EVP_PKEY_CTX* context, const Algorithm& algorithm, const EVP_MD* md) {
  require(EVP_PKEY_CTX_set_signature_md(context, md) == 1, "signature's digest");
  if (algorithm.padding == Algorithm::Padding::pkcs1)
    require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1, "padding");
  if (algorithm.padding != Algorithm::Padding::pss) return;
  require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1, "padding");
  require(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1, "length of the salt");
}

void set_oaep(EVP_PKEY_CTX* context, const EVP_MD* md) {
  require(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1, "padding");
  require(EVP_PKEY_CTX_set_rsa_oaep_md(context, md) == 1, "OAEP's digest");
  require(EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1, "MGF1's digest");
}

}  // namespace

KeyPair new_key_pair(const KeySpec& spec) {
  const PrivateOrPublicKey key(
      spec.family == Family::rsa
          ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(spec.bits))
          : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", spec.curve),
      EVP_PKEY_free);
  require(key != nullptr, "a key pair cannot be generated");
  return {Secret(der_of(key.get(), write_pkcs8)), der_of(key.get(), i2d_PUBKEY)};
}

std::string sign(const Secret& private_key, const Algorithm& algorithm, Message kind,
                 std::string_view message) {
  const PrivateOrPublicKey key = private_key_of(private_key);
  const std::string hash = kind == Message::raw ? digest(algorithm, message) : std::string(message);
  const Digest md = digest_of(algorithm);
  const Context context = context_of(key.get());
  require(EVP_PKEY_sign_init(context.get()) == 1, "signature");
  set_signature_form(context.get(), algorithm, md.get());
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  require(EVP_PKEY_sign(context.get(), bytes(out), &size, bytes(std::string_view(hash)), hash.size()) == 1,
          "signature");
  out.resize(size);
  return out;
}

bool verifies(const std::string& public_key, const Algorithm& algorithm, Message kind,
              std::string_view message, std::string_view signature) {
  const PrivateOrPublicKey key = public_key_of(public_key);
  const std::string hash = kind == Message::raw ? digest(algorithm, message) : std::string(message);
  const Digest md = digest_of(algorithm);
  const Context context = context_of(key.get());
  require(EVP_PKEY_verify_init(context.get()) == 1, "verification");
  set_signature_form(context.get(), algorithm, md.get());
  const bool good = EVP_PKEY_verify(context.get(), bytes(signature), signature.size(),
                                    bytes(std::string_view(hash)), hash.size()) == 1;
  ERR_clear_error();
  return good;
}

std::string encrypt_oaep(const std::string& public_key, const Algorithm& algorithm,
                         std::string_view plaintext) {
  const PrivateOrPublicKey key = public_key_of(public_key);
  const Digest md = digest_of(algorithm);
  const Context context = context_of(key.get());
  require(EVP_PKEY_encrypt_init(context.get()) == 1, "encryption");
  set_oaep(context.get(), md.get());
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  std::string out(size, '\0');
  require(EVP_PKEY_encrypt(context.get(), bytes(out), &size, bytes(plaintext), plaintext.size()) == 1,
          "encryption");
  out.resize(size);
  return out;
}

std::optional<Secret> decrypt_oaep(const Secret& private_key, const Algorithm& algorithm,
                                   std::string_view ciphertext) {
  const PrivateOrPublicKey key = private_key_of(private_key);
  const Digest md = digest_of(algorithm);
  const Context context = context_of(key.get());
  require(EVP_PKEY_decrypt_init(context.get()) == 1, "decryption");
  set_oaep(context.get(), md.get());
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  if (ciphertext.size() != size) return std::nullopt;
  std::string out(size, '\0');
  const bool good =
      EVP_PKEY_decrypt(context.get(), bytes(out), &size, bytes(ciphertext), ciphertext.size()) == 1;
  ERR_clear_error();
  if (!good) return std::nullopt;
  out.resize(size);
  return Secret(std::move(out));
}

std::string mac_of(const Secret& key, const Algorithm& algorithm, std::string_view message) {
  std::string out(static_cast<std::size_t>(algorithm.digest_bytes), '\0');
  std::size_t size = 0;
  require(EVP_Q_mac(nullptr, "HMAC", nullptr, algorithm.digest, nullptr, key.data(), key.size(),
                    bytes(message), message.size(), bytes(out), out.size(), &size) != nullptr,
          "MAC");
  out.resize(size);
  return out;
}

bool is_mac(const Secret& key, const Algorithm& algorithm, std::string_view message, std::string_view mac) {
  const std::string right = mac_of(key, algorithm, message);
  return mac.size() == right.size() && CRYPTO_memcmp(mac.data(), right.data(), right.size()) == 0;
}

}  // namespace millrace::kms
