#include "storage/catalog.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace millrace::storage {

RowDigest digest_of(std::string_view value) {
  const XXH128_hash_t hash = XXH3_128bits(value.data(), value.size());
  return {hash.high64, hash.low64};
}

std::string behind(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

void CatalogBatch::remove_range(std::string first, std::string last) {
  if (first < last) changes_.push_back({std::move(first), {}, std::move(last)});
}

void CatalogBatch::expect(std::string key, std::optional<std::string_view> value) {
  expect_version(std::move(key), value ? std::optional(digest_of(*value)) : std::nullopt);
}

}  // namespace millrace::storage
