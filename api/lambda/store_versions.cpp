// The published versions of functions, and their aliases.
#include <mutex>

#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"
#include "api/lambda/store.h"

namespace millrace::lambda {

namespace {

// The version that answers an alias's next invocation.
const std::string& chosen(const Alias& alias) {
  double left = random_fraction();
  for (const auto& [version, share] : alias.additional)
    if ((left -= share) < 0) return version;
  return alias.version;
}

}  // namespace

void Functions::version_changed(const FunctionPtr& before, const FunctionPtr& after) {
  if (after) {
    hold_code(*after);
    entries_[key_of(*after)].versions[std::stoull(after->version)] = after;
  }
  if (before) drop_code(*before);
  if (after || !before) return;
  const Key key = key_of(*before);
  entries_[key].versions.erase(std::stoull(before->version));
  forget_if_empty(key);
}

void Functions::alias_changed(const std::string& row_key, const AliasPtr& before, const AliasPtr& after) {
  const Key key = row_key.substr(0, row_key.rfind('/'));
  auto& aliases = entries_[key].aliases;
  if (before) aliases.erase(before->name);
  if (after) aliases[after->name] = after;
  forget_if_empty(key);
}

const Functions::Entry* Functions::entry_of(const Key& key) const {
  const auto it = entries_.find(key);
  return it == entries_.end() || !it->second.latest ? nullptr : &it->second;
}

FunctionPtr Functions::version_of(const Entry& entry, const std::string& version) const {
  if (version == kLatest) return entry.latest;
  if (!is_version_number(version)) return nullptr;
  const auto it = entry.versions.find(std::stoull(version));
  return it == entry.versions.end() || it->second->version != version ? nullptr : it->second;
}

FunctionPtr Functions::find(const std::string& account, const std::string& region, const std::string& name,
                            const std::string& qualifier) const {
  const std::shared_lock lock(mutex_);
  const Entry* const entry = entry_of(key_of(account, region, name));
  if (!entry) return nullptr;
  const auto alias = entry->aliases.find(qualifier);
  return version_of(*entry, alias == entry->aliases.end() ? qualifier : alias->second->version);
}

FunctionPtr Functions::choose(const std::string& account, const std::string& region, const std::string& name,
                              const std::string& qualifier) const {
  const std::shared_lock lock(mutex_);
  const Entry* const entry = entry_of(key_of(account, region, name));
  if (!entry) return nullptr;
  const auto alias = entry->aliases.find(qualifier);
  return version_of(*entry, alias == entry->aliases.end() ? qualifier : chosen(*alias->second));
}

FunctionSpec Functions::spec_of(const Function& function) const {
  FunctionSpec spec = function.spec();
  const std::shared_lock lock(mutex_);
  const Entry* const entry = entry_of(key_of(function));
  if (entry) spec.reserved = entry->latest->reserved;
  return spec;
}

std::optional<QualifiedFunction> Functions::by_url(const std::string& id) const {
  const std::shared_lock lock(mutex_);
  const auto it = urls_.find(id);
  if (it == urls_.end()) return std::nullopt;
  const Entry* const entry = entry_of(it->second);
  if (!entry) return std::nullopt;
  for (const auto& [qualifier, url] : entry->latest->urls)
    if (url.id == id) return QualifiedFunction{entry->latest, qualifier};
  return std::nullopt;
}

std::vector<FunctionPtr> Functions::versions(const Function& function) const {
  std::vector<FunctionPtr> out;
  const std::shared_lock lock(mutex_);
  if (const Entry* const entry = entry_of(key_of(function)))
    for (const auto& [number, version] : entry->versions) out.push_back(version);
  return out;
}

AliasPtr Functions::alias(const Function& function, const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const Entry* const entry = entry_of(key_of(function));
  if (!entry) return nullptr;
  const auto it = entry->aliases.find(name);
  return it == entry->aliases.end() ? nullptr : it->second;
}

std::vector<AliasPtr> Functions::aliases(const Function& function) const {
  std::vector<AliasPtr> out;
  const std::shared_lock lock(mutex_);
  if (const Entry* const entry = entry_of(key_of(function)))
    for (const auto& [name, alias] : entry->aliases) out.push_back(alias);
  return out;
}

asio::awaitable<FunctionPtr> Functions::publish(FunctionPtr function, std::optional<std::string> description,
                                                std::function<void(const Function&)> check, Time now) {
  const Key key = key_of(*function);
  const Read read = begin_change(function, key);
  const Change guard(*this, key);
  const FunctionPtr& latest = read.row;
  check(*latest);
  const std::vector<FunctionPtr> before = versions(*latest);
  if (!before.empty() && before.back()->same_as(*latest) &&
      latest->published_description.value_or(latest->description) == latest->description)
    co_return before.back();

  auto counted = std::make_shared<Function>(*latest);
  do ++counted->last_version;  // not that of a row that cannot be decoded
  while (versions_.version(version_key(key, std::to_string(counted->last_version))));
  counted->revision = new_uuid();
  counted->published_description = latest->description;
  auto version = std::make_shared<Function>(*latest);
  version->version = std::to_string(counted->last_version);
  version->revision = new_uuid();
  version->modified = now;
  version->tags.clear();
  version->event_configs.clear();
  version->urls.clear();
  version->published_description.reset();
  if (description) version->description = std::move(*description);
  RowChanges changes;
  changes.put(functions_, key, counted, read.version);
  changes.put(versions_, version_key(key, version->version), version, std::nullopt);
  co_await write(read, std::move(changes));
  co_return version;
}

asio::awaitable<void> Functions::remove_version(FunctionPtr version) {
  const Key key = key_of(*version);
  const Read now = begin_change(version, key);
  const Change guard(*this, key);
  for (const AliasPtr& a : aliases(*version))
    if (a->version == version->version || a->additional.contains(version->version))
      throw version_in_use(version->version, a->name);
  RowChanges changes;
  changes.expect(functions_, key, now.version);
  changes.remove(versions_, version_key(key, version->version));
  changes.remove(policies_, key + "/" + version->version);
  co_await write(now, std::move(changes));
}

// With the function marked as being changed, and as it was then: an alias does not outlive it.
asio::awaitable<void> Functions::keep_alias(Key key, Read read, AliasPtr alias) {
  const std::string row_key = key + "/" + alias->name;
  RowChanges changes;
  changes.expect(functions_, key, read.version);
  changes.put(aliases_, row_key, alias, aliases_.version(row_key));
  co_await write(std::move(read), std::move(changes));
}

asio::awaitable<void> Functions::create_alias(FunctionPtr function, Alias alias) {
  const Key key = key_of(*function);
  const Read now = begin_change(function, key);
  const Change guard(*this, key);
  if (aliases_.version(key + "/" + alias.name)) throw alias_exists(function->arn() + ":" + alias.name);
  auto created = std::make_shared<const Alias>(std::move(alias));
  co_await keep_alias(key, now, std::move(created));
}

asio::awaitable<AliasPtr> Functions::update_alias(FunctionPtr function, std::string name,
                                                  std::function<void(Alias&)> change) {
  const Key key = key_of(*function);
  const Read now = begin_change(function, key);
  const Change guard(*this, key);
  const AliasPtr before = alias(*function, name);
  if (!before) throw alias_to_update_not_found(function->arn() + ":" + name);
  auto next = std::make_shared<Alias>(*before);
  change(*next);
  co_await keep_alias(key, now, next);
  co_return next;
}

asio::awaitable<void> Functions::remove_alias(FunctionPtr function, std::string name) {
  const Key key = key_of(*function);
  const Read now = begin_change(function, key);
  const Change guard(*this, key);
  RowChanges changes;
  changes.expect(functions_, key, now.version);
  changes.remove(aliases_, key + "/" + name);
  changes.remove(policies_, key + "/" + name);
  co_await write(now, std::move(changes));
}

}  // namespace millrace::lambda
