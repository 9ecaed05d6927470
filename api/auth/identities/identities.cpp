#include "api/auth/identities/identities.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

#include "api/auth/identities/aws_policies.h"
#include "api/auth/identities/unique_id.h"
#include "api/core/access.h"
#include "api/core/digest.h"

namespace millrace::auth {

namespace {

// Bounds of the caches: a policy set is some kilobytes, a session's token as much.
constexpr std::size_t kMaxCachedKeys = 10'000, kMaxCachedPolicies = 10'000, kMaxUses = 100'000;

bool is_account(std::string_view text) {
  return text.size() == 12 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A key for one purpose, so that no other is used for two.
Seal::Key derived_key(const Seal::Key& master, std::string_view purpose) {
  Seal::Key key;
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), master.data(), static_cast<int>(master.size()),
            reinterpret_cast<const unsigned char*>(purpose.data()), purpose.size(), key.data(), &size) ||
      size != key.size())
    throw std::runtime_error("HMAC failed");
  return key;
}

// What a document denies that cannot be read: everything, since it may have denied something.
const PolicyPtr& deny_all() {
  static const PolicyPtr kDenyAll =
      parse_policy(R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]})",
                   PolicyKind::identity);
  return kDenyAll;
}

PolicyPtr parsed_document(const std::string& document) {
  try {
    return parse_policy(document, PolicyKind::identity);
  } catch (const MalformedPolicy&) {
    return deny_all();
  }
}

// The id of the role in "AROA...:SESSION", or of the user.
std::string entity_id(const Identity& identity) { return identity.id.substr(0, identity.id.find(':')); }

}  // namespace

Identities::Identities(storage::Catalog& catalog, const Clock& clock, const IdentityOptions& options)
    : clock_(clock),
      partition_(options.partition),
      account_(options.account),
      secrets_(derived_key(options.master_key, "secrets of access keys")),
      tokens_(derived_key(options.master_key, "session tokens")),
      store_(catalog, secrets_),
      keys_(kMaxCachedKeys),
      policies_(kMaxCachedPolicies) {
  if (!is_account(account_)) throw std::invalid_argument("an account id has twelve digits");
  if (options.access_key.empty() != options.secret.empty())
    throw std::invalid_argument("a root's access key id and its secret are set together");
  if (options.access_key.empty()) return;
  root_ = std::make_shared<const KnownKey>(
      KnownKey{options.access_key, options.secret, identity_of_root(account_), true, {}, nullptr});
}

asio::awaitable<AccessKeyPtr> Identities::make_root_key() {
  if (root_ || !store_.keys_of(account_).empty()) co_return nullptr;
  auto key = std::make_shared<const AccessKey>(new_access_key(account_, account_));
  RowChanges changes;
  changes.put(store_.keys(), key->id, key, std::nullopt);
  const bool written = co_await changes.write(store_.catalog);
  co_return written ? key : nullptr;
}

AccessKey Identities::new_access_key(const std::string& account, const std::string& owner) const {
  AccessKey key;
  key.id = new_access_key_id("AKIA");
  key.account = account;
  key.owner = owner;
  key.secret = new_secret();
  key.created = clock_.now();
  seal_secret(key, secrets_);
  return key;
}

KnownKeyPtr Identities::find_key(std::string_view access_key, std::string_view session_token) const {
  if (!session_token.empty()) return session_key(access_key, session_token);
  if (root_ && root_->id == access_key) return root_;
  return permanent_key(std::string(access_key));
}

KnownKeyPtr Identities::permanent_key(const std::string& id) const {
  const std::uint64_t generation = store_.generation();
  if (KnownKeyPtr known = keys_.find(id, generation)) return known;
  const AccessKeyPtr key = store_.key(id).row;
  if (!key) return nullptr;
  const EntityPtr user = key->is_root() ? nullptr : store_.entity_by_id(key->owner);
  if (!key->is_root() && !user) return nullptr;
  auto known = std::make_shared<const KnownKey>(
      KnownKey{id,
               key->secret,
               user ? identity_of_user(*user) : identity_of_root(key->account),
               key->active,
               {},
               nullptr});
  keys_.put(id, known, generation);
  return known;
}

KnownKeyPtr Identities::session_key(std::string_view id, std::string_view token) const {
  if (token.size() > kMaxSessionToken) return nullptr;
  const std::uint64_t generation = store_.generation();
  // Both are a stranger's; a digest keeps the cache's keys short.
  const std::string cache_key = sha256(std::string(id) + "\n" + std::string(token));
  if (KnownKeyPtr known = keys_.find(cache_key, generation)) return known;
  auto session = open_session(token, tokens_);
  if (!session || session->access_key != id) return nullptr;
  std::shared_ptr<const Identity> identity = identity_of_session(*session);
  if (!identity) return nullptr;
  auto known = std::make_shared<KnownKey>();
  known->id = session->access_key;
  known->secret = session->secret;
  known->identity = std::move(identity);
  known->expires = session->expires;
  known->session = std::make_shared<const Session>(std::move(*session));
  keys_.put(cache_key, known, generation);
  return known;
}

std::string Identities::root_arn(const std::string& account) const {
  return "arn:" + partition_ + ":iam::" + account + ":root";
}

std::shared_ptr<const Identity> Identities::identity_of_root(const std::string& account) const {
  Identity root;
  root.kind = IdentityKind::root;
  root.account = account;
  root.arn = root_arn(account);
  root.id = account;
  return std::make_shared<const Identity>(std::move(root));
}

std::shared_ptr<const Identity> Identities::identity_of_user(const Entity& user) const {
  Identity out;
  out.kind = IdentityKind::user;
  out.account = user.account;
  out.arn = user.arn(partition_);
  out.id = user.id;
  out.name = user.name;
  out.tags = user.tags;
  return std::make_shared<const Identity>(std::move(out));
}

std::shared_ptr<const Identity> Identities::identity_of_session(const Session& session) const {
  if (session.owner == session.account) {
    Identity root = *identity_of_root(session.account);
    root.issued = session.issued;
    return std::make_shared<const Identity>(std::move(root));
  }
  const EntityPtr owner = store_.entity_by_id(session.owner);
  if (!owner) return nullptr;
  Identity out = *identity_of_user(*owner);
  out.issued = session.issued;
  if (owner->kind == EntityKind::role) {
    const std::string& name = session.settings.name;
    out.kind = IdentityKind::assumed_role;
    out.role_arn = out.arn;
    out.arn = "arn:" + partition_ + ":sts::" + owner->account + ":assumed-role/" + owner->name + "/" + name;
    out.id += ":" + name;
    out.session_name = name;
    for (const auto& [key, value] : session.settings.tags) {
      std::erase_if(out.tags,
                    [&, k = &key](const auto& tag) { return lower_case(tag.first) == lower_case(*k); });
      out.tags[key] = value;
    }
  }
  return std::make_shared<const Identity>(std::move(out));
}

EntityPtr Identities::role_of_arn(std::string_view arn) const {
  if (!arn.starts_with("arn:")) return nullptr;
  const auto resource = resource_of_arn(arn);
  if (!resource || resource->service != "iam" || resource->type != "role") return nullptr;
  // Policies compare the text: only one text can stand for the role.
  const std::size_t slash = resource->name.rfind('/');
  const std::string name = slash == std::string::npos ? resource->name : resource->name.substr(slash + 1);
  EntityPtr role = store_.entity(EntityKind::role, resource->account, name).row;
  return role && role->arn(partition_) == arn ? role : nullptr;
}

ManagedPolicyPtr Identities::policy_of_arn(std::string_view arn) const {
  const auto named = auth::policy_of_arn(arn);
  if (!named || !arn.starts_with("arn:" + partition_ + ":iam::")) return nullptr;
  ManagedPolicyPtr policy = named->account == kAwsAccount ? aws_policy(named->name)
                                                          : store_.policy(named->account, named->name).row;
  return policy && policy->path == named->path ? policy : nullptr;
}

std::optional<std::string> Identities::account_of_key(const std::string& access_key) const {
  const KnownKeyPtr known = find_key(access_key, "");
  if (!known) return std::nullopt;
  return known->identity->account;
}

PolicyPtr Identities::parsed(const PolicyReference& reference) const {
  const auto named = auth::policy_of_arn(reference.arn);
  if (!named) return deny_all();
  if (named->account == kAwsAccount) {
    const ManagedPolicyPtr policy = aws_policy(named->name);
    return policy ? parsed_document(policy->document()) : deny_all();
  }
  const Store::Policies::Read read = store_.policy(named->account, named->name);
  if (!read.row) return read.version ? deny_all() : nullptr;
  return read.row->id == reference.id ? parsed_document(read.row->document()) : nullptr;
}

void Identities::add_policies(const Entity& entity, std::vector<PolicyPtr>& to) const {
  for (const auto& [name, document] : entity.inline_policies) to.push_back(parsed_document(document));
  for (const PolicyReference& reference : entity.attached)
    if (PolicyPtr policy = parsed(reference)) to.push_back(std::move(policy));
}

PolicySetPtr Identities::policies_of(const Identity& identity) const {
  static const PolicySetPtr kNone = std::make_shared<const PolicySet>();
  if (identity.kind != IdentityKind::user && identity.kind != IdentityKind::assumed_role) return kNone;
  const std::uint64_t generation = store_.generation();
  const std::string id = entity_id(identity);
  if (PolicySetPtr cached = policies_.find(id, generation)) return cached;
  const EntityPtr entity = store_.entity_by_id(id);
  if (!entity) return kNone;
  PolicySet set;
  add_policies(*entity, set.identity);
  for (const std::string& group_id : entity->groups)
    if (const EntityPtr group = store_.entity_by_id(group_id)) add_policies(*group, set.identity);
  if (entity->boundary) {
    set.boundary = parsed(*entity->boundary);
    if (!set.boundary) set.boundary = deny_all();  // it was deleted
  }
  auto out = std::make_shared<const PolicySet>(std::move(set));
  policies_.put(id, out, generation);
  return out;
}

PolicySetPtr Identities::policies_of(const KnownKey& key) const {
  if (!key.session || (key.session->settings.policy.empty() && key.session->settings.policies.empty()))
    return policies_of(*key.identity);
  const SessionSettings& settings = key.session->settings;
  const std::uint64_t generation = store_.generation();
  if (PolicySetPtr cached = policies_.find(key.id, generation)) return cached;
  PolicySet set = *policies_of(*key.identity);
  set.has_session_policies = true;
  if (!settings.policy.empty()) set.session.push_back(parsed_document(settings.policy));
  for (const PolicyReference& reference : settings.policies)
    if (PolicyPtr policy = parsed(reference)) set.session.push_back(std::move(policy));
  auto out = std::make_shared<const PolicySet>(std::move(set));
  policies_.put(key.id, out, generation);
  return out;
}

Credentials Identities::issue(const Entity& role, std::chrono::seconds duration,
                              SessionSettings settings) const {
  Session session;
  session.account = role.account;
  session.owner = role.id;
  session.settings = std::move(settings);
  return issue(std::move(session), duration);
}

Credentials Identities::issue(const Identity& identity, std::chrono::seconds duration) const {
  Session session;
  session.account = identity.account;
  session.owner = entity_id(identity);
  return issue(std::move(session), duration);
}

Credentials Identities::issue(Session session, std::chrono::seconds duration) const {
  session.access_key = new_access_key_id("ASIA");
  session.secret = new_secret();
  session.issued = clock_.now();
  session.expires = session.issued + duration;
  return {session.access_key, session.secret, seal_session(session, tokens_), session.expires};
}

void Identities::note_use(const std::string& access_key, KeyUse use) {
  const std::lock_guard lock(uses_mutex_);
  if (uses_.size() >= kMaxUses && !uses_.contains(access_key)) uses_.clear();
  uses_[access_key] = std::move(use);
}

std::optional<KeyUse> Identities::last_use(const std::string& access_key) const {
  const std::lock_guard lock(uses_mutex_);
  const auto at = uses_.find(access_key);
  if (at == uses_.end()) return std::nullopt;
  return at->second;
}

}  // namespace millrace::auth
