// A key of KMS, and its row in the catalog.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/core/seal.h"
#include "api/kms/secret.h"
#include "api/kms/specs.h"
#include "storage/clock.h"

namespace millrace::kms {

enum class KeyState : std::uint8_t { enabled, disabled, pending_deletion };

// One of the secrets that a key has had: 32 bytes of a symmetric key, a MAC key, or a private key.
// Ciphertexts name it by its place in `Key::materials`.
struct Material {
  std::string id;       // 64 hexadecimal digits
  std::string wrapped;  // the secret, sealed with the master key
  Time created;
  std::string rotation;  // "AUTOMATIC", "ON_DEMAND"; empty: the first
};

// Automatic rotation.
struct Rotation {
  int period_days = 0;
  Time next;
};

struct Key {
  std::string account, region;
  std::string id;  // a UUID
  Time created;
  std::string description;
  const KeySpec* spec = nullptr;
  std::string usage;
  bool aws_managed = false;
  KeyState state = KeyState::enabled;
  std::optional<Time> deletion;  // when it is due; set if and only if it is pending
  int pending_days = 0;
  std::string policy;
  std::map<std::string, std::string> tags;
  std::optional<Rotation> rotation;
  std::string public_key;           // DER; empty for symmetric and MAC keys
  std::vector<Material> materials;  // the last one is current; never empty

  [[nodiscard]] std::string arn() const;
  [[nodiscard]] bool is_symmetric() const { return spec->family == Family::symmetric; }
};
using KeyPtr = std::shared_ptr<const Key>;

// The row, JSON: {"version": 1, ...}. Materials are in it as they are wrapped.
[[nodiscard]] std::string encode_key(const Key& key);
// Throws an exception derived from std::exception for a row that is damaged or of an unknown version, and
// MaterialSealed if `master` does not decrypt one of its materials.
[[nodiscard]] Key decode_key(const std::string& row, const Seal& master);

class MaterialSealed : public std::runtime_error {
 public:
  explicit MaterialSealed(const std::string& arn)
      : std::runtime_error("the master key does not decrypt the material of " + arn) {}
};

// Adds a material with this secret, which is current from then on.
void add_material(Key& key, const Seal& master, const Secret& secret, Time now, const std::string& rotation);
// The secret at a place. Throws MaterialSealed.
[[nodiscard]] Secret unwrap(const Key& key, const Seal& master, std::size_t place);
// 32 random bytes: what a rotation adds to a symmetric key.
[[nodiscard]] Secret random_secret(std::size_t bytes = 32);

// The ARN of a key by its id.
[[nodiscard]] std::string key_arn(const std::string& region, const std::string& account,
                                  const std::string& id);
// `name`: "alias/x".
[[nodiscard]] std::string alias_arn(const std::string& region, const std::string& account,
                                    const std::string& name);

}  // namespace millrace::kms
