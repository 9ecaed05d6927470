// The published versions of functions, and their aliases.
#include <mutex>

#include "api/core/ascii.h"
#include "api/core/rows.h"
#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"
#include "api/lambda/store.h"

namespace millrace::lambda {

namespace {

constexpr std::size_t kMostDigits = 18;  // of a version

// The version that answers an alias's next invocation.
const std::string& chosen(const Alias& alias) {
  double left = random_fraction();
  for (const auto& [version, share] : alias.additional)
    if ((left -= share) < 0) return version;
  return alias.version;
}

}  // namespace

void Functions::load_versions() {
  load_rows(catalog_, kVersionPrefix, unreadable_, function_of,
            [this](const storage::Row&, Function decoded) {
              const auto version = std::make_shared<const Function>(std::move(decoded));
              const auto entry = functions_.find(key_of(*version));
              if (entry == functions_.end()) return;
              hold_code(*version);
              entry->second.versions[std::stoull(version->version)] = version;
            });
}

void Functions::load_aliases() {
  load_rows(catalog_, kAliasPrefix, unreadable_, alias_of, [this](const storage::Row& row, Alias decoded) {
    const std::string key = row.key.substr(kAliasPrefix.size());
    const auto entry = functions_.find(key.substr(0, key.rfind('/')));
    if (entry == functions_.end()) return;
    const auto alias = std::make_shared<const Alias>(std::move(decoded));
    entry->second.aliases[alias->name] = alias;
  });
}

const Functions::Entry* Functions::entry_of(const Key& key) const {
  const auto it = functions_.find(key);
  return it == functions_.end() ? nullptr : &it->second;
}

FunctionPtr Functions::version_of(const Entry& entry, const std::string& version) const {
  if (version == kLatest) return entry.latest;
  if (!is_digits(version) || version.size() > kMostDigits) return nullptr;
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
  const FunctionPtr latest = begin_change(function, key);
  const Change guard(*this, key);
  check(*latest);
  const std::vector<FunctionPtr> before = versions(*latest);
  if (!before.empty() && before.back()->same_as(*latest) &&
      latest->published_description.value_or(latest->description) == latest->description)
    co_return before.back();

  auto counted = std::make_shared<Function>(*latest);
  ++counted->last_version;
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
  storage::CatalogBatch batch;
  batch.put(std::string(kFunctionPrefix) + key, row_of(*counted));
  batch.put(std::string(kVersionPrefix) + version_key(key, version->version), row_of(*version));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, counted);
  hold_code(*version);
  functions_[key].versions[counted->last_version] = version;
  co_return version;
}

asio::awaitable<void> Functions::remove_version(FunctionPtr version) {
  const Key key = key_of(*version);
  (void)begin_change(version, key);
  const Change guard(*this, key);
  for (const AliasPtr& a : aliases(*version))
    if (a->version == version->version || a->additional.contains(version->version))
      throw version_in_use(version->version, a->name);
  storage::CatalogBatch batch;
  batch.remove(std::string(kVersionPrefix) + version_key(key, version->version));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  if (functions_[key].versions.erase(std::stoull(version->version)) > 0) drop_code(*version);
}

// With the function marked as being changed.
asio::awaitable<void> Functions::keep_alias(Key key, std::shared_ptr<const Alias> alias) {
  storage::CatalogBatch batch;
  batch.put(std::string(kAliasPrefix) + key + "/" + alias->name, row_of(*alias));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  functions_[key].aliases[alias->name] = std::move(alias);
}

asio::awaitable<void> Functions::create_alias(FunctionPtr function, Alias alias) {
  const Key key = key_of(*function);
  (void)begin_change(function, key);
  const Change guard(*this, key);
  if (this->alias(*function, alias.name)) throw alias_exists(function->arn() + ":" + alias.name);
  auto kept = std::make_shared<const Alias>(std::move(alias));
  co_await keep_alias(key, std::move(kept));
}

asio::awaitable<AliasPtr> Functions::update_alias(FunctionPtr function, std::string name,
                                                  std::function<void(Alias&)> change) {
  const Key key = key_of(*function);
  (void)begin_change(function, key);
  const Change guard(*this, key);
  const AliasPtr before = alias(*function, name);
  if (!before) throw alias_to_update_not_found(function->arn() + ":" + name);
  auto next = std::make_shared<Alias>(*before);
  change(*next);
  co_await keep_alias(key, next);
  co_return next;
}

asio::awaitable<void> Functions::remove_alias(FunctionPtr function, std::string name) {
  const Key key = key_of(*function);
  (void)begin_change(function, key);
  const Change guard(*this, key);
  storage::CatalogBatch batch;
  batch.remove(std::string(kAliasPrefix) + key + "/" + name);
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  functions_[key].aliases.erase(name);
}

}  // namespace millrace::lambda
