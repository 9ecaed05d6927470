#include "api/auth/identities/access_key.h"

#include <stdexcept>

#include "api/core/rows.h"

namespace millrace::auth {

namespace {

using nlohmann::json;

// A secret can be opened in its own row only.
std::string purpose_of(const AccessKey& key) { return "access key " + key.account + "/" + key.id; }

}  // namespace

void seal_secret(AccessKey& key, const Seal& seal) {
  key.sealed = seal.seal(purpose_of(key), "", key.secret);
}

std::string row_of(const AccessKey& key) {
  return json{
      {"version", 1},         {"id", key.id},         {"account", key.account},          {"owner", key.owner},
      {"sealed", key.sealed}, {"active", key.active}, {"created_ms", ms_of(key.created)}}
      .dump();
}

AccessKey access_key_of_row(const std::string& row, const Seal& seal) {
  const json j = parse_row(row, "an access key's");
  AccessKey key;
  key.id = j.at("id").get<std::string>();
  key.account = j.at("account").get<std::string>();
  key.owner = j.at("owner").get<std::string>();
  key.sealed = j.at("sealed").get<std::string>();
  key.active = j.at("active").get<bool>();
  key.created = time_of(j.at("created_ms"));
  const auto secret = seal.open(purpose_of(key), "", key.sealed);
  if (!secret) throw SecretSealed("the secret of the access key was sealed under another master key");
  key.secret = *secret;
  return key;
}

}  // namespace millrace::auth
