// CreateKey: a key with its first material. Sources: KMS API reference; recorded texts of LocalStack.
#include "api/kms/asymmetric.h"
#include "api/kms/key_metadata.h"
#include "api/kms/key_policy.h"
#include "api/kms/resources.h"
#include "api/kms/shapes.h"
#include "api/kms/tags.h"
#include "storage/base/ids.h"
#include "storage/base/on_pool.h"

namespace millrace::kms {

namespace {

constexpr std::size_t kMaxKeys = 10'000;  // of an account and region

struct CreateKeyInput {
  std::optional<std::string> policy, description, usage, old_spec, spec, origin;
  std::optional<bool> bypass_lockout_check;
  std::optional<std::vector<Tag>> tags;
};
using In = CreateKeyInput;
constexpr auto kInput = shape<In>(
    field("Policy", &In::policy, kPolicy), field("Description", &In::description, kDescription),
    field("KeyUsage", &In::usage, kKeyUsage), field("CustomerMasterKeySpec", &In::old_spec, kKeySpec),
    field("KeySpec", &In::spec, kKeySpec),
    field("Origin", &In::origin, one_of<"AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE">),
    refused("CustomKeyStoreId", "there are no custom key stores here"),
    field("BypassPolicyLockoutSafetyCheck", &In::bypass_lockout_check), field("Tags", &In::tags, kTag),
    refused("MultiRegion", "keys belong to one region here"),
    refused("XksKeyId", "there are no external key stores here"));

struct CreateKeyOutput {
  KeyMetadata metadata;
};
using Out = CreateKeyOutput;
constexpr auto kOutput = shape<Out>(field("KeyMetadata", &Out::metadata, kKeyMetadata));

const KeySpec& spec_of(const In& in) {
  if (in.spec && in.old_spec)
    throw invalid(
        "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is "
        "deprecated.");
  const auto& name = in.spec ? in.spec : in.old_spec;
  return *spec_named(name ? std::string_view(*name) : kSymmetricDefault);
}

std::string usage_of(const In& in, const KeySpec& spec) {
  if (!in.usage && spec.family != Family::symmetric)
    throw invalid("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  std::string usage = in.usage.value_or(std::string(kEncryptDecrypt));
  if (!has_usage(spec, usage))
    throw invalid("KeyUsage " + usage + " is not compatible with KeySpec " + spec.name);
  return usage;
}

Key key_of(const In& in, const Caller& caller, Time now) {
  if (in.origin.value_or("AWS_KMS") != "AWS_KMS")
    throw unsupported("Keys with the origin " + *in.origin + " are not supported.");
  Key key;
  key.account = caller.account;
  key.region = caller.region;
  key.id = new_uuid();
  key.created = now;
  key.description = in.description.value_or("");
  key.spec = &spec_of(in);
  key.usage = usage_of(in, *key.spec);
  key.policy = in.policy.value_or(default_policy(caller.account, caller.region));
  if (in.policy) check_policy(key.policy);
  if (in.policy && !in.bypass_lockout_check.value_or(false)) check_lockout(key.policy, caller);
  if (in.tags) add_tags(key.tags, *in.tags);
  return key;
}

asio::awaitable<Out> create_key(Kms& k, const Caller& caller, In in) {
  Key key = key_of(in, caller, k.clock.now());
  if (k.store.keys(caller.account, caller.region, "", kMaxKeys).size() == kMaxKeys)
    throw limit_exceeded("The account has the most keys that are allowed: " + std::to_string(kMaxKeys) + ".");
  Secret secret;
  if (key.spec->family == Family::rsa || key.spec->family == Family::ec) {
    const auto work = [spec = key.spec] { return new_key_pair(*spec); };
    KeyPair pair = co_await on_pool(k.workers, work);
    secret = std::move(pair.private_key);
    key.public_key = std::move(pair.public_key);
  } else {
    secret = random_secret(static_cast<std::size_t>(key.spec->bits) / 8);
  }
  add_material(key, k.master, secret, key.created, "");
  Out out{metadata_of(key)};
  RowChanges changes;
  k.store.put(changes, std::move(key), std::nullopt);
  const bool stored = co_await k.store.write(std::move(changes));
  if (!stored) throw internal();  // two random UUIDs that are the same
  co_return out;
}

}  // namespace

extern const Operation kCreateKey;
const Operation kCreateKey = operation("CreateKey", kInput, kOutput, create_key).writes().on(every_resource);

}  // namespace millrace::kms
