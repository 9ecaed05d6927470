#include "api/core/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <stdexcept>

#include "api/core/base64.h"

namespace millrace {

namespace {

constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context new_context() {
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!context) throw std::bad_alloc();
  return context;
}

const EVP_CIPHER* aes_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

unsigned char* bytes(std::string& text, std::size_t at) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool ok) {
  if (!ok) throw std::runtime_error("AES-GCM failed");
}

}  // namespace

Seal::Key Seal::random_key() {
  Key key;
  require(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1);
  return key;
}

std::string Seal::seal(std::string_view purpose, std::string_view prefix, std::string_view plain) const {
  std::string out(prefix);
  out.resize(prefix.size() + kNonceBytes + plain.size() + kTagBytes);
  unsigned char* nonce = bytes(out, prefix.size());
  require(RAND_bytes(nonce, kNonceBytes) == 1);
  const Context context = new_context();
  int n = 0;
  require(EVP_EncryptInit_ex2(context.get(), aes_gcm(), key_.data(), nonce, nullptr) == 1);
  require(EVP_EncryptUpdate(context.get(), nullptr, &n, bytes(purpose), static_cast<int>(purpose.size())) ==
          1);
  unsigned char* cipher = nonce + kNonceBytes;
  require(EVP_EncryptUpdate(context.get(), cipher, &n, bytes(plain), static_cast<int>(plain.size())) == 1);
  require(EVP_EncryptFinal_ex(context.get(), cipher + n, &n) == 1);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, cipher + plain.size()) == 1);
  return base64_encode(out);
}

std::optional<std::string> Seal::open(std::string_view purpose, std::string_view prefix,
                                      std::string_view text) const {
  std::optional<std::string> raw = base64_decode(text);
  if (!raw || raw->size() < prefix.size() + kNonceBytes + kTagBytes || !raw->starts_with(prefix))
    return std::nullopt;
  const std::size_t size = raw->size() - prefix.size() - kNonceBytes - kTagBytes;
  std::string plain(size, '\0');
  const unsigned char* nonce = bytes(*raw, prefix.size());
  const Context context = new_context();
  int n = 0;
  require(EVP_DecryptInit_ex2(context.get(), aes_gcm(), key_.data(), nonce, nullptr) == 1);
  require(EVP_DecryptUpdate(context.get(), nullptr, &n, bytes(purpose), static_cast<int>(purpose.size())) ==
          1);
  require(EVP_DecryptUpdate(context.get(), bytes(plain, 0), &n, nonce + kNonceBytes,
                            static_cast<int>(size)) == 1);
  unsigned char* tag = bytes(*raw, raw->size() - kTagBytes);
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag) == 1);
  if (EVP_DecryptFinal_ex(context.get(), bytes(plain, 0) + n, &n) != 1) return std::nullopt;
  return plain;
}

}  // namespace millrace
