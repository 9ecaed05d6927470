// The functions: rows of the catalog, and all of them in memory, since every invocation looks one up.
//   l/f/<account>/<region>/<name>              a function, JSON, {"version": 1, ...}: its $LATEST
//   l/v/<account>/<region>/<name>/<10 digits>  a version of it that was published, likewise
//   l/a/<account>/<region>/<name>/<alias>      an alias, JSON, {"version": 1, ...}
//   l/r/<account>/<region>/<name>/<qualifier>  the resource policy of one of these ($LATEST: the function's)
//   l/seal                         the key of markers and download links, 32 bytes
// (l/e/ and l/p/, accepted events: event_queue.h)
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <shared_mutex>
#include <vector>

#include "api/core/service.h"
#include "api/core/stored_seal.h"
#include "api/core/table.h"
#include "api/lambda/model.h"
#include "api/lambda/permissions/resource_policy.h"

namespace millrace::lambda {

// Shared, since a request or an invocation uses the function as it was while another changes it.
using FunctionPtr = std::shared_ptr<const Function>;
using AliasPtr = std::shared_ptr<const Alias>;

// A version or an alias as requests configure it.
struct QualifiedFunction {
  FunctionPtr latest;     // which keeps what is configured
  std::string qualifier;  // kLatest where none was named
};

// Safe from any thread. Reads never wait for the disk.
class Functions {
 public:
  // Loads all. Throws StorageFailure.
  explicit Functions(storage::Catalog& catalog);

  // The newest state, kLatest; nullptr when there is none.
  [[nodiscard]] FunctionPtr find(const std::string& account, const std::string& region,
                                 const std::string& name) const;
  // The version that the qualifier names: kLatest, a number, or an alias, which stands for its
  // FunctionVersion whatever its weights are. nullptr when there is none.
  [[nodiscard]] FunctionPtr find(const std::string& account, const std::string& region,
                                 const std::string& name, const std::string& qualifier) const;
  // The version that one invocation of the qualifier runs: as `find`, but an alias with weights chooses one
  // of its two versions at each call.
  [[nodiscard]] FunctionPtr choose(const std::string& account, const std::string& region,
                                   const std::string& name, const std::string& qualifier) const;
  // The function that has the URL, and the qualifier that it invokes.
  [[nodiscard]] std::optional<QualifiedFunction> by_url(const std::string& id) const;
  // What the runner wants to know of a version now.
  [[nodiscard]] FunctionSpec spec_of(const Function& function) const;
  // The published versions, ascending.
  [[nodiscard]] std::vector<FunctionPtr> versions(const Function& function) const;
  // nullptr when there is none.
  [[nodiscard]] AliasPtr alias(const Function& function, const std::string& name) const;
  // By name.
  [[nodiscard]] std::vector<AliasPtr> aliases(const Function& function) const;
  // All of an account and region by name, from behind `after`, at most `limit`.
  [[nodiscard]] std::vector<FunctionPtr> list(const Caller& caller, const std::string& after,
                                              std::size_t limit) const;

  struct Usage {
    std::uint64_t count = 0, code_bytes = 0, reserved = 0;
  };
  [[nodiscard]] Usage usage(const std::string& account, const std::string& region) const;

  // Keeps a new function; completes when it is on disk. Throws function_exists.
  [[nodiscard]] asio::awaitable<void> create(Function function);
  // Changes a function; completes when that is on disk, with the function as it is now. `change` sees the
  // newest state and may throw. Throws function_not_found when it is gone, update_in_progress while another
  // request changes it.
  [[nodiscard]] asio::awaitable<FunctionPtr> update(FunctionPtr function,
                                                    std::function<void(Function&)> change);
  // With its versions and aliases. Returns the archives that they used. Throws as `update` does.
  [[nodiscard]] asio::awaitable<std::set<std::string>> remove(FunctionPtr function);

  // Publishes the newest state; `check` sees it and may throw. The last version if nothing changed since.
  // Throws as `update` does.
  [[nodiscard]] asio::awaitable<FunctionPtr> publish(FunctionPtr function,
                                                     std::optional<std::string> description,
                                                     std::function<void(const Function&)> check, Time now);
  // Removes a published version. Throws version_in_use when an alias names it, and as `update` does.
  [[nodiscard]] asio::awaitable<void> remove_version(FunctionPtr version);
  // Throws alias_exists, and as `update` does.
  [[nodiscard]] asio::awaitable<void> create_alias(FunctionPtr function, Alias alias);
  // Throws alias_to_update_not_found, what `change` throws, and as `update` does.
  [[nodiscard]] asio::awaitable<AliasPtr> update_alias(FunctionPtr function, std::string name,
                                                       std::function<void(Alias&)> change);
  // One that is not there is no error. Throws as `update` does.
  [[nodiscard]] asio::awaitable<void> remove_alias(FunctionPtr function, std::string name);

  // The resource policy of the function (kLatest), a version or an alias; nullptr: none.
  [[nodiscard]] ResourcePolicyPtr policy(const std::string& account, const std::string& region,
                                         const std::string& name, const std::string& qualifier) const;
  // Changes that policy; completes when it is on disk. `change` sees the newest state, without statements if
  // there is no policy, and returns the next one, without statements if there shall be none. It may throw,
  // and is called again when another request was faster. The policy goes with what it belongs to. Throws
  // function_not_found.
  using PolicyChange = std::function<ResourcePolicy(const ResourcePolicy&)>;
  [[nodiscard]] asio::awaitable<void> change_policy(QualifiedFunction target, PolicyChange change);

  // Keeps an archive of code from being discarded while it is on its way into a function or a layer.
  class CodePin {
   public:
    CodePin(Functions& functions, std::string account, const std::string& sha256);
    CodePin(const CodePin&) = delete;
    ~CodePin();

   private:
    Functions& functions_;
    const std::string key_;
  };
  // Whether a function or a pin holds the archive.
  [[nodiscard]] bool uses_code(const std::string& account, const std::string& sha256) const;

  // Rows of functions, versions and aliases that this start could not decode.
  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

  // The seal of markers and links.
  [[nodiscard]] const Seal& seal() const { return seal_.seal(); }
  // Stores a key that was made at this start; awaited once, before the first request.
  [[nodiscard]] asio::awaitable<void> keep_seal() { return seal_.store(); }

 private:
  using Key = std::string;  // account/region/name
  struct Entry {
    FunctionPtr latest;  // nullptr: only rows of versions or aliases are there
    std::map<std::uint64_t, FunctionPtr> versions;
    std::map<std::string, AliasPtr> aliases;
  };

  // The function's row, and what it was when the change began.
  using Read = Table<Function>::Read;
  // Writes what a request made of the function that it read. Throws update_in_progress if another one was
  // faster.
  asio::awaitable<void> write(Read read, RowChanges changes);
  asio::awaitable<void> keep_alias(Key key, Read read, AliasPtr alias);
  // What the changes need to be applied only while the function, version or alias is there. Throws
  // function_not_found.
  void expect_target(RowChanges& changes, const QualifiedFunction& target) const;
  // What the caller holds the lock for.
  [[nodiscard]] const Entry* entry_of(const Key& key) const;
  [[nodiscard]] FunctionPtr version_of(const Entry& entry, const std::string& version) const;
  void function_changed(const Key& key, const FunctionPtr& before, const FunctionPtr& after);
  void version_changed(const FunctionPtr& before, const FunctionPtr& after);
  void alias_changed(const std::string& row_key, const AliasPtr& before, const AliasPtr& after);
  void forget_if_empty(const Key& key);
  void hold_code(const Function& function);
  void drop_code(const Function& function);
  void drop_code(const std::string& code_key);
  // While one request changes a function, others that want to are told that an update is in progress. That
  // the change is based on the newest state is decided when it is written.
  class Change {
   public:
    Change(Functions& functions, Key key) : functions_(functions), key_(std::move(key)) {}
    Change(const Change&) = delete;
    ~Change() { functions_.end_change(key_); }

   private:
    Functions& functions_;
    Key key_;
  };
  void end_change(const Key& key);
  // Marks the function as being changed and returns it as it is.
  Read begin_change(const FunctionPtr& function, const Key& key);

  storage::Catalog& catalog_;
  StoredSeal seal_;
  std::vector<UnreadableRow> unreadable_;

  mutable std::shared_mutex mutex_;  // guards all below
  std::map<Key, Entry> entries_;
  std::map<std::string, Key> urls_;               // by the URL's id
  std::set<Key> changing_;                        // functions whose row is on its way to the disk
  std::map<std::string, std::size_t> code_uses_;  // account/sha256: functions and pins
  Table<Function> functions_, versions_;
  Table<Alias> aliases_;
  Table<ResourcePolicy> policies_;
};

}  // namespace millrace::lambda
