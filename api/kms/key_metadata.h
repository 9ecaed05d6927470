// KeyMetadata, as CreateKey and DescribeKey return it.
#pragma once

#include "api/core/shape.h"
#include "api/kms/key.h"

namespace millrace::kms {

struct KeyMetadata {
  std::string account, id, arn;
  Time created;
  bool enabled = false;
  std::string description, usage, state;
  std::optional<Time> deletion;
  std::string origin, manager, spec;
  std::optional<std::vector<std::string>> encryption, signing, mac;  // algorithms
  bool multi_region = false;
  std::optional<std::string> material;
};
inline constexpr auto kKeyMetadata = shape<KeyMetadata>(
    field("AWSAccountId", &KeyMetadata::account), field("KeyId", &KeyMetadata::id),
    field("Arn", &KeyMetadata::arn), field("CreationDate", &KeyMetadata::created),
    field("Enabled", &KeyMetadata::enabled), field("Description", &KeyMetadata::description),
    field("KeyUsage", &KeyMetadata::usage), field("KeyState", &KeyMetadata::state),
    field("DeletionDate", &KeyMetadata::deletion), field("Origin", &KeyMetadata::origin),
    field("KeyManager", &KeyMetadata::manager), field("CustomerMasterKeySpec", &KeyMetadata::spec),
    field("KeySpec", &KeyMetadata::spec), field("EncryptionAlgorithms", &KeyMetadata::encryption),
    field("SigningAlgorithms", &KeyMetadata::signing), field("MultiRegion", &KeyMetadata::multi_region),
    field("MacAlgorithms", &KeyMetadata::mac), field("CurrentKeyMaterialId", &KeyMetadata::material));

[[nodiscard]] KeyMetadata metadata_of(const Key& key);
// "Enabled", "Disabled", "PendingDeletion".
[[nodiscard]] const char* state_name(KeyState state);
// The algorithms of a key that has the usage; nullopt for keys of another usage.
[[nodiscard]] std::optional<std::vector<std::string>> algorithms_for(const Key& key, std::string_view usage);

}  // namespace millrace::kms
