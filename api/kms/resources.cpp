#include "api/kms/resources.h"

#include "api/kms/ciphertext.h"
#include "api/kms/find.h"
#include "api/kms/grant_tokens.h"

namespace millrace::kms {

namespace {

Resource key_resource(const std::string& region, const std::string& account, const std::string& id) {
  return {"kms", region, account, "key", id};
}
Resource alias_resource(const KeyName& name) {
  return {"kms", name.region, name.account, "alias", name.alias.substr(std::string_view("alias/").size())};
}

// The key of a text that names one, whether it exists or not; the name of another account's key is that key.
std::vector<Resource> resources_of(void* service, std::optional<std::string_view> text,
                                   const Principal& caller) {
  if (!text) return {};
  KeyName name;
  try {
    name = parse_key_name(caller, *text);
  } catch (const ApiError&) {
    auto named = resource_of_arn(*text);
    if (!named) return {};
    return {std::move(*named)};
  }
  if (name.alias.empty()) return {key_resource(name.region, name.account, name.id)};
  const FoundAlias alias =
      static_cast<const Kms*>(service)->store.alias(name.account, name.region, name.alias);
  if (alias.row) return {key_resource(name.region, name.account, alias.row->key_id)};
  return {alias_resource(name)};
}

}  // namespace

std::vector<Resource> key_of_input(void* service, const InputView& input, const Principal& caller) {
  return resources_of(service, input.text("KeyId"), caller);
}

std::vector<Resource> key_of_ciphertext(void* service, const InputView& input, const Principal& caller) {
  auto algorithm = input.text("EncryptionAlgorithm");
  if (!algorithm) algorithm = input.text("SourceEncryptionAlgorithm");
  if (algorithm.value_or(kSymmetricDefault) != kSymmetricDefault) {
    const auto named = input.text("KeyId");
    return resources_of(service, named ? named : input.text("SourceKeyId"), caller);
  }
  const auto blob = input.text("CiphertextBlob");
  const auto head = blob ? head_of(*blob) : std::nullopt;
  if (!head) return {};
  return {key_resource(caller.region, caller.account, head->key_id)};
}

std::vector<Resource> destination_of_input(void* service, const InputView& input, const Principal& caller) {
  return resources_of(service, input.text("DestinationKeyId"), caller);
}

std::vector<Resource> alias_of_input(void*, const InputView& input, const Principal& caller) {
  const auto name = input.text("AliasName");
  if (!name || !name->starts_with("alias/")) return {};
  return {alias_resource({caller.account, caller.region, "", std::string(*name)})};
}

std::vector<Resource> keys_of_alias(void* service, const InputView& input, const Principal& caller) {
  const Kms& k = *static_cast<const Kms*>(service);
  std::vector<Resource> out = resources_of(service, input.text("TargetKeyId"), caller);
  const FoundAlias alias =
      k.store.alias(caller.account, caller.region, std::string(input.text("AliasName").value_or("")));
  if (alias.row) out.push_back(key_resource(caller.region, caller.account, alias.row->key_id));
  return out;
}

std::vector<Resource> key_of_grant(void* service, const InputView& input, const Principal& caller) {
  const auto token = input.text("GrantToken");
  if (!token) return key_of_input(service, input, caller);
  const auto place = place_of_token(static_cast<const Kms*>(service)->master, *token);
  return resources_of(service, place ? std::optional<std::string_view>(place->key_arn) : std::nullopt,
                      caller);
}

}  // namespace millrace::kms
