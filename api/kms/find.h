// The keys that requests name: by id, alias, or the ARN of either. Also what a key must be for an operation.
#pragma once

#include "api/kms/service.h"

namespace millrace::kms {

// What a request names; either the id or the alias is set.
struct KeyName {
  std::string account, region;
  std::string id;
  std::string alias;  // "alias/x"
};
// Throws NotFoundException for a text that names no key, or one of another region, and AccessDeniedException
// for one of another account.
[[nodiscard]] KeyName parse_key_name(const Principal& caller, std::string_view text);

// Whether the service creates the alias and its key when it is first used: alias/aws/kinesis and its like.
[[nodiscard]] bool is_aws_alias(std::string_view alias);
// All of them, in order.
[[nodiscard]] std::span<const std::string_view> aws_aliases();

// The key, whatever its state. An alias of AWS that does not exist yet is created with its key, once, whoever
// asks at the same time. Throws the errors of parse_key_name, and NotFoundException.
[[nodiscard]] asio::awaitable<FoundKey> find_key(Kms& k, const Principal& caller, std::string name);
// For operations that take an id or the ARN of a key, and no alias.
[[nodiscard]] FoundKey find_key_by_id(const Kms& k, const Principal& caller, std::string_view id);

// Throws DisabledException or KMSInvalidStateException unless the key is enabled.
void check_enabled(const Key& key);
// Throws KMSInvalidStateException if the key is pending deletion.
void check_not_pending(const Key& key);
// Throws InvalidKeyUsageException unless the key has the usage. `operation`: as the message names it.
void check_usage(const Key& key, std::string_view usage, std::string_view operation);
// Throws AccessDeniedException for a key of AWS, which clients cannot change.
void check_own(const Key& key, const Principal& caller);

// Changes a key in its newest state; `change(Key&)` may throw. Returns the key as it is then. Throws
// NotFoundException, and AccessDeniedException for a key of AWS.
template <class Change>
asio::awaitable<Key> change_key(Kms& k, Principal caller, std::string id, Change change) {
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundKey found = find_key_by_id(k, caller, id);
    check_own(*found.row, caller);
    Key changed = *found.row;
    change(changed);
    RowChanges changes;
    k.store.put(changes, changed, found.version);
    const bool done = co_await k.store.write(std::move(changes));
    if (done) co_return changed;
  }
}

}  // namespace millrace::kms
