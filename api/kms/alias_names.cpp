#include "api/kms/alias_names.h"

#include "api/kms/errors.h"

namespace millrace::kms {

namespace {

constexpr std::string_view kPrefix = "alias/";
constexpr std::size_t kMaxAliases = 50;  // of a key

}  // namespace

void check_new_alias(const std::string& name) {
  if (!name.starts_with(kPrefix) || name.size() == kPrefix.size()) throw alias_without_prefix();
  if (name.starts_with("alias/aws/")) throw alias_reserved();
  if (name.find(':') != std::string::npos) throw invalid(name + " contains invalid characters for an alias");
}

FoundKey find_alias_target(const Kms& k, const Principal& caller, const std::string& id) {
  if (id.starts_with(kPrefix) || id.find(":alias/") != std::string::npos) throw alias_to_alias();
  FoundKey found = find_key_by_id(k, caller, id);
  check_own(*found.row, caller);
  check_not_pending(*found.row);
  return found;
}

void check_alias_count(const Kms& k, const Key& key) {
  if (k.store.aliases_of(key).size() >= kMaxAliases)
    throw limit_exceeded("The key " + key.arn() +
                         " has the most aliases that are allowed: " + std::to_string(kMaxAliases) + ".");
}

}  // namespace millrace::kms
