#include "api/kms/ciphertext.h"

#include <algorithm>
#include <stdexcept>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/core/seal.h"
#include "storage/base/bytes.h"

namespace millrace::kms {

namespace {

constexpr std::string_view kMagic = "MRKM\x01";  // with the format
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kDashes[] = {8, 13, 18, 23};

Seal seal_of(const Secret& material) {
  Seal::Key key{};
  if (material.size() != key.size()) throw std::invalid_argument("the material of a key has another size");
  std::copy_n(material.data(), key.size(), key.begin());
  Seal seal(key);
  OPENSSL_cleanse(key.data(), key.size());
  return seal;
}

// 16 bytes. `id` is a UUID.
std::string bytes_of_id(std::string_view id) {
  std::string digits;
  std::copy_if(id.begin(), id.end(), std::back_inserter(digits), [](char c) { return c != '-'; });
  auto bytes = unhex(digits);
  if (!is_uuid(id) || !bytes) throw std::invalid_argument("the id of a key is not a UUID");
  return *std::move(bytes);
}

std::string id_of_bytes(std::string_view bytes) {
  std::string id = hex(bytes);
  for (const std::size_t dash : kDashes) id.insert(dash, 1, '-');
  return id;
}

// What is authenticated besides the plaintext.
std::string authenticated(std::string_view head, const EncryptionContext& context) {
  std::string out(head);
  for (const auto& [key, value] : context)
    for (const std::string* text : {&key, &value}) {
      storage::put(out, static_cast<std::uint32_t>(text->size()));
      out += *text;
    }
  return out;
}

}  // namespace

std::string seal_ciphertext(const Secret& material, const CiphertextHead& head,
                            const EncryptionContext& context, std::string_view plaintext) {
  std::string start(kMagic);
  start += bytes_of_id(head.key_id);
  storage::put(start, head.material);
  const std::string sealed = seal_of(material).seal(authenticated(start, context), start, plaintext);
  return base64_decode(sealed).value();
}

std::optional<CiphertextHead> head_of(std::string_view blob) {
  if (blob.size() < kBlobBytes || !blob.starts_with(kMagic)) return std::nullopt;
  return CiphertextHead{id_of_bytes(blob.substr(kMagic.size(), kIdBytes)),
                        storage::get<std::uint32_t>(blob, kMagic.size() + kIdBytes)};
}

std::optional<Secret> open_ciphertext(const Secret& material, std::string_view blob,
                                      const EncryptionContext& context) {
  if (blob.size() < kBlobBytes) return std::nullopt;
  const std::string_view start = blob.substr(0, kHeadBytes);
  auto plain = seal_of(material).open(authenticated(start, context), start, base64_encode(blob));
  if (!plain) return std::nullopt;
  return Secret(*std::move(plain));
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = std::find(std::begin(kDashes), std::end(kDashes), i) != std::end(kDashes);
    const char c = text[i];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !digit) return false;
  }
  return true;
}

}  // namespace millrace::kms
