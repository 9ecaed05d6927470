#include "api/auth/identities/session.h"

#include "api/core/rows.h"

namespace millrace::auth {

namespace {

using nlohmann::json;

constexpr const char* kPurpose = "session token";

}  // namespace

std::string seal_session(const Session& s, const Seal& seal) {
  json j{{"version", 1},
         {"key", s.access_key},
         {"secret", s.secret},
         {"account", s.account},
         {"owner", s.owner},
         {"issued_ms", ms_of(s.issued)},
         {"expires_ms", ms_of(s.expires)}};
  if (!s.settings.name.empty()) j["name"] = s.settings.name;
  if (!s.settings.policy.empty()) j["policy"] = s.settings.policy;
  for (const PolicyReference& p : s.settings.policies) j["policies"].push_back({p.arn, p.id});
  if (!s.settings.tags.empty()) j["tags"] = s.settings.tags;
  if (!s.settings.transitive.empty()) j["transitive"] = s.settings.transitive;
  if (!s.settings.source_identity.empty()) j["source"] = s.settings.source_identity;
  return seal.seal(kPurpose, "", j.dump());
}

std::optional<Session> open_session(std::string_view token, const Seal& seal) {
  if (token.size() > kMaxSessionToken) return std::nullopt;
  const auto plain = seal.open(kPurpose, "", token);
  if (!plain) return std::nullopt;
  // Written by seal_session, of this version or, after a downgrade, of a newer one.
  try {
    const json j = parse_row(*plain, "a session's");
    Session s;
    s.access_key = j.at("key").get<std::string>();
    s.secret = j.at("secret").get<std::string>();
    s.account = j.at("account").get<std::string>();
    s.owner = j.at("owner").get<std::string>();
    s.issued = time_of(j.at("issued_ms"));
    s.expires = time_of(j.at("expires_ms"));
    s.settings.name = j.value("name", "");
    s.settings.policy = j.value("policy", "");
    if (j.contains("policies"))
      for (const json& p : j["policies"])
        s.settings.policies.push_back({p.at(0).get<std::string>(), p.at(1).get<std::string>()});
    if (j.contains("tags")) s.settings.tags = j["tags"].get<std::map<std::string, std::string>>();
    if (j.contains("transitive")) s.settings.transitive = j["transitive"].get<std::vector<std::string>>();
    s.settings.source_identity = j.value("source", "");
    return s;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace millrace::auth
