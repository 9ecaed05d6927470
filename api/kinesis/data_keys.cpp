#include "api/kinesis/data_keys.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

#include "api/core/error.h"

namespace millrace::kinesis {

namespace {

constexpr std::size_t kNonceBytes = 12;

// Of this thread; looking the algorithm up and making a context cost more than sealing a small record.
EVP_CIPHER_CTX* context() {
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> made(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  if (!made) throw std::bad_alloc();
  return made.get();
}
const EVP_CIPHER* aes_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

unsigned char* bytes(char* p) { return reinterpret_cast<unsigned char*>(p); }
const unsigned char* bytes(const char* p) { return reinterpret_cast<const unsigned char*>(p); }
int int_of(std::size_t size) { return static_cast<int>(size); }  // records are far smaller than 2 GiB

void require(bool ok) {
  if (!ok) throw std::runtime_error("AES-GCM failed");
}

// What a wrapped key says of itself, so that it is none of another stream or place in the row.
std::string purpose_of(std::uint64_t stream, std::uint32_t id) {
  return "kinesis data key " + std::to_string(stream) + "/" + std::to_string(id);
}

std::string_view wrapped_text(const Seal::Key& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_key(std::string_view text) {
  if (text.starts_with("mrk-")) return text.size() == 36 && is_hex(text.substr(4));
  if (text.size() != 36) return false;
  for (const std::size_t dash : {8, 13, 18, 23})
    if (text[dash] != '-') return false;
  return std::count(text.begin(), text.end(), '-') == 4 && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '-' || is_hex({&c, 1});
         });
}

bool is_alias(std::string_view text) {
  if (!text.starts_with("alias/") || text.size() == 6) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-';
  });
}

}  // namespace

RecordCipher::RecordCipher(const Seal::Key& key) : key_(key) {
  std::uint64_t first = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&prefix_), sizeof prefix_) == 1);
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&first), sizeof first) == 1);
  count_ = first;
}

void RecordCipher::seal(std::uint32_t id, std::uint64_t stream, std::string_view partition_key,
                        std::span<char> space) const {
  const std::uint64_t count = count_.fetch_add(1, std::memory_order_relaxed);
  char* const nonce = space.data() + sizeof id;
  std::memcpy(space.data(), &id, sizeof id);
  std::memcpy(nonce, &prefix_, sizeof prefix_);
  std::memcpy(nonce + sizeof prefix_, &count, sizeof count);
  EVP_CIPHER_CTX* const c = context();
  unsigned char* const data = bytes(space.data() + kSealHeadBytes);
  const std::size_t size = space.size() - kSealBytes;
  int n = 0;
  require(EVP_EncryptInit_ex2(c, aes_gcm(), key_.data(), bytes(nonce), nullptr) == 1);
  require(EVP_EncryptUpdate(c, nullptr, &n, reinterpret_cast<const unsigned char*>(&stream), sizeof stream) ==
          1);
  require(EVP_EncryptUpdate(c, nullptr, &n, bytes(partition_key.data()), int_of(partition_key.size())) == 1);
  require(EVP_EncryptUpdate(c, data, &n, data, int_of(size)) == 1);
  require(EVP_EncryptFinal_ex(c, data + size, &n) == 1);
  require(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, kSealTagBytes, data + size) == 1);
}

bool RecordCipher::open(std::uint64_t stream, std::string_view partition_key, std::string_view sealed,
                        std::string& plain) const {
  if (sealed.size() < kSealBytes) return false;
  const std::size_t size = sealed.size() - kSealBytes;
  const char* const nonce = sealed.data() + kSealHeadBytes - kNonceBytes;
  const char* const data = sealed.data() + kSealHeadBytes;
  plain.resize(size);
  std::array<unsigned char, kSealTagBytes> tag;
  std::memcpy(tag.data(), data + size, tag.size());
  EVP_CIPHER_CTX* const c = context();
  int n = 0;
  require(EVP_DecryptInit_ex2(c, aes_gcm(), key_.data(), bytes(nonce), nullptr) == 1);
  require(EVP_DecryptUpdate(c, nullptr, &n, reinterpret_cast<const unsigned char*>(&stream), sizeof stream) ==
          1);
  require(EVP_DecryptUpdate(c, nullptr, &n, bytes(partition_key.data()), int_of(partition_key.size())) == 1);
  require(EVP_DecryptUpdate(c, bytes(plain.data()), &n, bytes(data), int_of(size)) == 1);
  require(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, kSealTagBytes, tag.data()) == 1);
  return EVP_DecryptFinal_ex(c, bytes(plain.data()) + size, &n) == 1;
}

DataKey new_data_key(const Seal& master, std::uint64_t stream, std::uint32_t id, std::string kms_key) {
  const Seal::Key key = Seal::random_key();
  return {id, std::move(kms_key), master.seal(purpose_of(stream, id), "", wrapped_text(key)), std::nullopt,
          std::make_shared<const RecordCipher>(key)};
}

bool unwrap(const Seal& master, std::uint64_t stream, DataKey& key) {
  const auto plain = master.open(purpose_of(stream, key.id), "", key.wrapped);
  Seal::Key opened;
  if (!plain || plain->size() != opened.size()) return false;
  std::copy(plain->begin(), plain->end(), opened.begin());
  key.cipher = std::make_shared<const RecordCipher>(opened);
  return true;
}

std::string_view open_record(std::span<const DataKey> keys, std::uint64_t number,
                             const storage::Record& record, std::string& space) {
  if (record.sealed == storage::Sealed::no) return record.data;
  std::uint32_t id = 0;
  if (record.data.size() >= kSealBytes) std::memcpy(&id, record.data.data(), sizeof id);
  // The newest is the likeliest.
  const auto key = std::find_if(keys.rbegin(), keys.rend(), [&](const DataKey& k) { return k.id == id; });
  if (key == keys.rend() || !key->cipher->open(number, record.key, record.data, space))
    throw StorageFailure(
        {storage::Errc::corrupt, "record " + std::to_string(record.index.value) + " of stream " +
                                     std::to_string(number) + " is damaged: data key " + std::to_string(id) +
                                     (key == keys.rend() ? " is missing" : " does not decrypt it")});
  return space;
}

std::optional<std::string_view> open_or_note(std::span<const DataKey> keys, storage::ShardId shard,
                                             const storage::Record& record, std::string& space,
                                             storage::Losses& losses) {
  try {
    return open_record(keys, shard.stream, record, space);
  } catch (const StorageFailure& e) {
    losses.add({shard, record.index, record.index + 1, storage::Loss::Cause::seal, e.what()});
    return std::nullopt;
  }
}

std::uint64_t bytes_put(const storage::Records& read) { return read.bytes() - read.sealed() * kSealBytes; }

bool names_kms_key(std::string_view text) {
  if (!text.starts_with("arn:")) return is_key(text) || is_alias(text);
  std::array<std::string_view, 6> parts;  // arn:aws:kms:REGION:ACCOUNT:key/ID
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t end = i + 1 < parts.size() ? text.find(':') : text.size();
    if (end == std::string_view::npos) return false;
    parts[i] = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto& [arn, partition, service, region, account, resource] = parts;
  const bool of_account = account.size() == 12 && account.find_first_not_of("0123456789") == account.npos;
  if (!partition.starts_with("aws") || service != "kms" || region.empty() || !of_account) return false;
  return resource.starts_with("key/") ? is_key(resource.substr(4)) : is_alias(resource);
}

}  // namespace millrace::kinesis
