#include "api/kms/key_metadata.h"

namespace millrace::kms {

const char* state_name(KeyState state) {
  switch (state) {
    case KeyState::enabled:
      return "Enabled";
    case KeyState::disabled:
      return "Disabled";
    case KeyState::pending_deletion:
      return "PendingDeletion";
  }
  return "";
}

std::optional<std::vector<std::string>> algorithms_for(const Key& key, std::string_view usage) {
  if (key.usage != usage) return std::nullopt;
  const auto all = algorithms_of(*key.spec, usage);
  return std::vector<std::string>(all.begin(), all.end());
}

KeyMetadata metadata_of(const Key& key) {
  KeyMetadata out;
  out.account = key.account;
  out.id = key.id;
  out.arn = key.arn();
  out.created = key.created;
  out.enabled = key.state == KeyState::enabled;
  out.description = key.description;
  out.usage = key.usage;
  out.state = state_name(key.state);
  out.deletion = key.deletion;
  out.origin = "AWS_KMS";
  out.manager = key.aws_managed ? "AWS" : "CUSTOMER";
  out.spec = key.spec->name;
  out.encryption = algorithms_for(key, kEncryptDecrypt);
  out.signing = algorithms_for(key, kSignVerify);
  out.mac = algorithms_for(key, kGenerateVerifyMac);
  if (key.is_symmetric()) out.material = key.materials.back().id;
  return out;
}

}  // namespace millrace::kms
