#include "api/auth/sigv4_keys.h"

#include <openssl/crypto.h>

namespace millrace::auth {

namespace {

std::string name_of(const KeyScope& scope) {
  std::string name;
  name.reserve(scope.access_key.size() + scope.date.size() + scope.region.size() + scope.service.size() + 3);
  name.append(scope.access_key).append("/").append(scope.date).append("/");
  name.append(scope.region).append("/").append(scope.service);
  return name;
}

}  // namespace

Hash derive_signing_key(std::string_view secret, const KeyScope& scope) {
  std::string first = "AWS4";
  first.append(secret);
  const Hash day = hmac_sha256(first, scope.date);
  OPENSSL_cleanse(first.data(), first.size());
  const Hash region = hmac_sha256(bytes_of(day), scope.region);
  const Hash service = hmac_sha256(bytes_of(region), scope.service);
  return hmac_sha256(bytes_of(service), "aws4_request");
}

std::optional<Hash> SigningKeys::find(std::string_view secret, const KeyScope& scope) {
  const std::string name = name_of(scope);
  const Hash digest = sha256_hash(secret);
  const std::lock_guard lock(mutex_);
  auto found = recent_.find(name);
  if (found == recent_.end()) {
    const auto old = older_.find(name);
    if (old == older_.end()) return std::nullopt;
    const Entry entry = old->second;
    older_.erase(old);
    add(name, entry);
    found = recent_.find(name);
  }
  if (!equal_in_constant_time(bytes_of(found->second.secret), bytes_of(digest))) return std::nullopt;
  return found->second.key;
}

void SigningKeys::keep(std::string_view secret, const KeyScope& scope, const Hash& key) {
  std::string name = name_of(scope);
  const Entry entry{sha256_hash(secret), key};
  const std::lock_guard lock(mutex_);
  older_.erase(name);
  add(std::move(name), entry);
}

void SigningKeys::add(std::string name, const Entry& entry) {
  if (!recent_.contains(name) && recent_.size() >= most_ / 2) {
    older_ = std::move(recent_);
    recent_.clear();
  }
  recent_.insert_or_assign(std::move(name), entry);
}

std::size_t SigningKeys::size() const {
  const std::lock_guard lock(mutex_);
  return recent_.size() + older_.size();
}

}  // namespace millrace::auth
