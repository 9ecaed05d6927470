// Who may call: the identities of all accounts, their access keys and their policies.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth/identities/derived_cache.h"
#include "api/auth/identities/session.h"
#include "api/auth/identities/store.h"
#include "api/auth/identity.h"
#include "api/auth/policies/policy.h"

namespace millrace::auth {

struct IdentityOptions {
  Seal::Key master_key{};          // seals the secrets on disk, and session tokens
  std::string partition = "aws";   // of all ARNs (partition_of)
  std::string account;             // of the first administrator, its root: twelve digits
  std::string access_key, secret;  // of that root; empty: `make_root_key` creates them
};

// An access key that a request can be signed with, and whose it is. Immutable.
struct KnownKey {
  std::string id, secret;
  std::shared_ptr<const Identity> identity;
  bool active = true;
  std::optional<Time> expires;  // of temporary credentials; they can be out of date
  SessionPtr session;           // of temporary credentials; nullptr: permanent ones
};
using KnownKeyPtr = std::shared_ptr<const KnownKey>;

struct Credentials {
  std::string access_key, secret, session_token;
  Time expires{};
};

// When an access key was last used.
struct KeyUse {
  Time time{};
  std::string service, region;
};

// Owned by the application. Can be used from any thread; nothing waits for the disk but the constructor and
// what is awaited.
class Identities {
 public:
  // Loads the rows. Throws StorageFailure, WrongMasterKey, and std::invalid_argument if the options are no
  // account or only half of a root's keys.
  Identities(storage::Catalog& catalog, const Clock& clock, const IdentityOptions& options);

  // Creates an access key for the root of options.account, if the options have none and none is stored.
  // Returns it if it was created now: the caller prints it once. Throws StorageFailure.
  [[nodiscard]] asio::awaitable<AccessKeyPtr> make_root_key();

  // nullptr: no such key, the token is not the key's, or who it belonged to was deleted. `session_token`:
  // X-Amz-Security-Token; empty: none. A permanent key is valid without a token only.
  [[nodiscard]] KnownKeyPtr find_key(std::string_view access_key, std::string_view session_token) const;

  // The policies of a user or of a role's session: inline, attached, of the user's groups, and the boundary.
  // Empty for a root, which needs none, and for who is not known any more. What cannot be read denies all.
  [[nodiscard]] PolicySetPtr policies_of(const Identity& identity) const;
  // With the session policies of the key's session.
  [[nodiscard]] PolicySetPtr policies_of(const KnownKey& key) const;

  // Credentials of a session of the role, also for the server itself (functions). They work until the role is
  // deleted.
  [[nodiscard]] Credentials issue(const Entity& role, std::chrono::seconds duration,
                                  SessionSettings settings) const;
  // Credentials of the user or root itself (GetSessionToken).
  [[nodiscard]] Credentials issue(const Identity& identity, std::chrono::seconds duration) const;

  [[nodiscard]] std::string partition() const { return partition_; }
  [[nodiscard]] std::string root_arn(const std::string& account) const;
  // nullptr: there is no such role.
  [[nodiscard]] EntityPtr role_of_arn(std::string_view arn) const;
  // An account's policy, or one of the server's own, by its ARN. nullptr: there is none.
  [[nodiscard]] ManagedPolicyPtr policy_of_arn(std::string_view arn) const;
  // nullopt: nobody has the access key, or it is not this server's. For GetAccessKeyInfo.
  [[nodiscard]] std::optional<std::string> account_of_key(const std::string& access_key) const;
  // An access key with a sealed secret, not stored yet.
  [[nodiscard]] AccessKey new_access_key(const std::string& account, const std::string& owner) const;

  // Called for each request that was signed with a permanent key. Kept in memory.
  void note_use(const std::string& access_key, KeyUse use);
  [[nodiscard]] std::optional<KeyUse> last_use(const std::string& access_key) const;

  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return store_.unreadable(); }
  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] const Store& store() const { return store_; }

 private:
  [[nodiscard]] Credentials issue(Session session, std::chrono::seconds duration) const;
  [[nodiscard]] KnownKeyPtr permanent_key(const std::string& id) const;
  [[nodiscard]] KnownKeyPtr session_key(std::string_view id, std::string_view token) const;
  [[nodiscard]] std::shared_ptr<const Identity> identity_of_user(const Entity& user) const;
  [[nodiscard]] std::shared_ptr<const Identity> identity_of_root(const std::string& account) const;
  [[nodiscard]] std::shared_ptr<const Identity> identity_of_session(const Session& session) const;
  [[nodiscard]] PolicyPtr parsed(const PolicyReference& reference) const;
  void add_policies(const Entity& entity, std::vector<PolicyPtr>& to) const;

  const Clock& clock_;
  const std::string partition_, account_;
  const Seal secrets_, tokens_;
  Store store_;
  KnownKeyPtr root_;  // of the options
  mutable DerivedCache<KnownKey> keys_;
  mutable DerivedCache<PolicySet> policies_;
  mutable std::mutex uses_mutex_;
  std::map<std::string, KeyUse> uses_;
};

}  // namespace millrace::auth
