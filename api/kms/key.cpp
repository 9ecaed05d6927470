#include "api/kms/key.h"

#include "api/core/arn.h"
#include "api/core/base64.h"
#include "api/core/rows.h"
#include "storage/base/ids.h"

namespace millrace::kms {

namespace {

using Json = nlohmann::json;

constexpr const char* kStates[] = {"enabled", "disabled", "pending_deletion"};

KeyState state_of(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kStates); ++i)
    if (name == kStates[i]) return static_cast<KeyState>(i);
  throw std::runtime_error("a key's row has an unknown state: " + name);
}

// What a wrapped secret says of itself, so that it belongs to no other key or material.
std::string purpose_of(const Key& key, const Material& material) {
  return "kms key material " + key.arn() + "/" + material.id;
}

std::string decoded_base64(const std::string& text) {
  auto bytes = base64_decode(text);
  if (!bytes) throw std::runtime_error("a key's row has a damaged public key");
  return *std::move(bytes);
}

}  // namespace

std::string key_arn(const std::string& region, const std::string& account, const std::string& id) {
  return arn_of("kms", region, account, "key/" + id);
}
std::string alias_arn(const std::string& region, const std::string& account, const std::string& name) {
  return arn_of("kms", region, account, name);
}

std::string Key::arn() const { return key_arn(region, account, id); }

std::string encode_key(const Key& key) {
  Json row = {{"version", 1},
              {"account", key.account},
              {"region", key.region},
              {"id", key.id},
              {"created", ms_of(key.created)},
              {"description", key.description},
              {"spec", key.spec->name},
              {"usage", key.usage},
              {"aws_managed", key.aws_managed},
              {"state", kStates[static_cast<std::size_t>(key.state)]},
              {"policy", key.policy},
              {"tags", key.tags},
              {"materials", Json::array()}};
  if (key.deletion) row["deletion"] = {{"time", ms_of(*key.deletion)}, {"days", key.pending_days}};
  if (key.rotation)
    row["rotation"] = {{"days", key.rotation->period_days}, {"next", ms_of(key.rotation->next)}};
  if (!key.public_key.empty()) row["public_key"] = base64_encode(key.public_key);
  for (const Material& m : key.materials)
    row["materials"].push_back(
        {{"id", m.id}, {"wrapped", m.wrapped}, {"created", ms_of(m.created)}, {"rotation", m.rotation}});
  return row.dump();
}

Key decode_key(const std::string& text, const Seal& master) {
  const Json row = parse_row(text, "a key's");
  Key key;
  key.account = row.at("account");
  key.region = row.at("region");
  key.id = row.at("id");
  key.created = time_of(row.at("created"));
  key.description = row.at("description");
  key.usage = row.at("usage");
  key.spec = spec_named(row.at("spec").get<std::string>());
  if (!key.spec || !has_usage(*key.spec, key.usage))
    throw std::runtime_error("a key's row has an unknown key spec or usage");
  key.aws_managed = row.at("aws_managed");
  key.state = state_of(row.at("state"));
  key.policy = row.at("policy");
  key.tags = row.at("tags").get<std::map<std::string, std::string>>();
  if (row.contains("deletion")) {
    key.deletion = time_of(row.at("deletion").at("time"));
    key.pending_days = row.at("deletion").at("days");
  }
  if (key.deletion.has_value() != (key.state == KeyState::pending_deletion))
    throw std::runtime_error("a key's row has a state without its time");
  if (row.contains("rotation"))
    key.rotation = {row.at("rotation").at("days"), time_of(row.at("rotation").at("next"))};
  if (row.contains("public_key")) key.public_key = decoded_base64(row.at("public_key"));
  for (const Json& m : row.at("materials"))
    key.materials.push_back({m.at("id"), m.at("wrapped"), time_of(m.at("created")), m.at("rotation")});
  if (key.materials.empty()) throw std::runtime_error("a key's row has no material");
  for (std::size_t i = 0; i < key.materials.size(); ++i) (void)unwrap(key, master, i);
  return key;
}

void add_material(Key& key, const Seal& master, const Secret& secret, Time now, const std::string& rotation) {
  Material material{random_hex(64), "", now, rotation};
  material.wrapped = master.seal(purpose_of(key, material), "", secret.view());
  key.materials.push_back(std::move(material));
}

Secret unwrap(const Key& key, const Seal& master, std::size_t place) {
  const Material& material = key.materials.at(place);
  auto secret = master.open(purpose_of(key, material), "", material.wrapped);
  if (!secret) throw MaterialSealed(key.arn());
  return Secret(*std::move(secret));
}

Secret random_secret(std::size_t bytes) { return Secret(random_bytes(bytes)); }

}  // namespace millrace::kms
