#include "api/kms/find.h"

#include <algorithm>

#include "api/core/access.h"
#include "api/kms/errors.h"
#include "api/kms/key_policy.h"
#include "storage/base/ids.h"

namespace millrace::kms {

namespace {

constexpr std::string_view kAwsAliases[] = {"alias/aws/dynamodb", "alias/aws/kinesis", "alias/aws/lambda",
                                            "alias/aws/s3"};
// KMS Developer Guide, "Rotate AWS KMS keys": AWS managed keys are rotated every year.
constexpr int kAwsRotationDays = 365;

// A UUID, or the id of a multi-Region key.
bool is_key_id(std::string_view text) {
  const bool multi = text.starts_with("mrk-") && text.size() == 36 &&
                     text.find_first_not_of("0123456789abcdef", 4) == text.npos;
  return multi || is_uuid(text);
}

// A key of AWS for one of its services, as it is first used.
Key new_aws_key(const Kms& k, const KeyName& name) {
  const std::string service = name.alias.substr(name.alias.rfind('/') + 1);
  Key key;
  key.account = name.account;
  key.region = name.region;
  key.id = new_uuid();
  key.created = k.clock.now();
  key.description = "Default key that protects my data when no other key is defined: " + service;
  key.spec = spec_named(kSymmetricDefault);
  key.usage = kEncryptDecrypt;
  key.aws_managed = true;
  key.policy = default_policy(key.account, key.region);
  key.rotation = {kAwsRotationDays, key.created + std::chrono::days(kAwsRotationDays)};
  add_material(key, k.master, random_secret(), key.created, "");
  return key;
}

// If another request was faster, its key is the one.
asio::awaitable<void> create_aws_alias(Kms& k, KeyName name) {
  Key key = new_aws_key(k, name);
  Alias alias{name.account, name.region, name.alias, key.id, key.created, key.created};
  RowChanges changes;
  k.store.put(changes, std::move(alias), std::nullopt);
  k.store.put(changes, std::move(key), std::nullopt);
  (void)co_await k.store.write(std::move(changes));
}

FoundKey key_of_alias(const Kms& k, const KeyName& name, const Alias& alias) {
  FoundKey found = k.store.key(name.account, name.region, alias.key_id);
  if (!found.row) throw no_key(key_arn(name.region, name.account, alias.key_id));
  return found;
}

}  // namespace

KeyName parse_key_name(const Principal& caller, std::string_view text) {
  KeyName out{caller.account, caller.region, "", ""};
  std::string_view name = text;
  std::optional<Resource> resource;
  if (text.starts_with("arn:")) {
    resource = resource_of_arn(text);
    if (!resource || resource->service != "kms" || (resource->type != "key" && resource->type != "alias") ||
        resource->separator != '/')
      throw invalid_key_id(text);
    if (resource->region != caller.region) throw invalid_region(resource->region);
    if (resource->account != caller.account) throw other_account(caller, text);
    if (resource->type == "alias") {
      out.alias = "alias/" + resource->name;
      return out;
    }
    name = resource->name;
  } else if (text.starts_with("alias/")) {
    out.alias = text;
    return out;
  }
  if (!is_key_id(name)) throw invalid_key_id(name);
  out.id = name;
  return out;
}

bool is_aws_alias(std::string_view alias) {
  return std::find(std::begin(kAwsAliases), std::end(kAwsAliases), alias) != std::end(kAwsAliases);
}
std::span<const std::string_view> aws_aliases() { return kAwsAliases; }

asio::awaitable<FoundKey> find_key(Kms& k, const Principal& caller, std::string text) {
  const KeyName name = parse_key_name(caller, text);
  if (name.alias.empty()) co_return find_key_by_id(k, caller, text);
  FoundAlias alias = k.store.alias(name.account, name.region, name.alias);
  if (!alias.version && is_aws_alias(name.alias)) {
    co_await create_aws_alias(k, name);
    alias = k.store.alias(name.account, name.region, name.alias);
  }
  if (!alias.row) throw no_alias(alias_arn(name.region, name.account, name.alias));
  co_return key_of_alias(k, name, *alias.row);
}

FoundKey find_key_by_id(const Kms& k, const Principal& caller, std::string_view text) {
  const KeyName name = parse_key_name(caller, text);
  if (!name.alias.empty()) throw invalid_key_id(text);
  FoundKey found = k.store.key(name.account, name.region, name.id);
  if (!found.row) throw no_key(key_arn(name.region, name.account, name.id));
  return found;
}

void check_enabled(const Key& key) {
  check_not_pending(key);
  if (key.state == KeyState::disabled) throw disabled(key.arn());
}
void check_not_pending(const Key& key) {
  if (key.state == KeyState::pending_deletion) throw pending_deletion(key.arn());
}
void check_usage(const Key& key, std::string_view usage, std::string_view operation) {
  if (key.usage != usage) throw wrong_usage(key.arn(), key.usage, operation);
}
void check_own(const Key& key, const Principal& caller) {
  if (key.aws_managed) throw managed_by_aws(caller, key.arn());
}

}  // namespace millrace::kms
