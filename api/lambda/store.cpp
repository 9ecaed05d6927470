#include "api/lambda/store.h"

#include <mutex>

#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"

namespace millrace::lambda {

namespace {

constexpr const char* kSealKey = "l/seal";

// A row of a published version, which has a number.
Function published_of(const std::string& row) {
  Function version = function_of(row);
  if (!is_version_number(version.version)) throw std::runtime_error("a version's row has no number");
  return version;
}

}  // namespace

Functions::CodePin::CodePin(Functions& functions, std::string account, const std::string& sha256)
    : functions_(functions), key_(code_key(account, sha256)) {
  const std::unique_lock lock(functions_.mutex_);
  ++functions_.code_uses_[key_];
}

Functions::CodePin::~CodePin() {
  const std::unique_lock lock(functions_.mutex_);
  functions_.drop_code(key_);
}

Functions::Functions(storage::Catalog& catalog)
    : catalog_(catalog),
      seal_(catalog, kSealKey),
      functions_(catalog, std::string(kFunctionPrefix), mutex_, row_of, function_of,
                 [this](const Key& key, const FunctionPtr& before, const FunctionPtr& after) {
                   function_changed(key, before, after);
                 }),
      versions_(catalog, std::string(kVersionPrefix), mutex_, row_of, published_of,
                [this](const std::string&, const FunctionPtr& before, const FunctionPtr& after) {
                  version_changed(before, after);
                }),
      aliases_(catalog, std::string(kAliasPrefix), mutex_, row_of, alias_of,
               [this](const std::string& row_key, const AliasPtr& before, const AliasPtr& after) {
                 alias_changed(row_key, before, after);
               }),
      policies_(catalog, std::string(kPolicyPrefix), mutex_, row_of, resource_policy_of) {
  functions_.load(unreadable_);
  versions_.load(unreadable_);
  aliases_.load(unreadable_);
  policies_.load(unreadable_);
}

FunctionPtr Functions::find(const std::string& account, const std::string& region,
                            const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const Entry* const entry = entry_of(key_of(account, region, name));
  return entry ? entry->latest : nullptr;
}

std::vector<FunctionPtr> Functions::list(const Caller& caller, const std::string& after,
                                         std::size_t limit) const {
  const std::string prefix = key_of(caller.account, caller.region, "");
  std::vector<FunctionPtr> out;
  const std::shared_lock lock(mutex_);
  functions_.for_each(prefix + after, [&](const Key& key, const FunctionPtr& function) {
    if (!key.starts_with(prefix) || out.size() == limit) return false;
    out.push_back(function);
    return true;
  });
  return out;
}

Functions::Usage Functions::usage(const std::string& account, const std::string& region) const {
  const std::string prefix = key_of(account, region, "");
  Usage out;
  const std::shared_lock lock(mutex_);
  for (auto it = entries_.upper_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it) {
    if (!it->second.latest) continue;
    ++out.count;
    out.code_bytes += it->second.latest->code_bytes;
    out.reserved += it->second.latest->reserved.value_or(0);
    for (const auto& [number, version] : it->second.versions) out.code_bytes += version->code_bytes;
  }
  return out;
}

asio::awaitable<void> Functions::create(Function function) {
  const Key key = key_of(function);
  if (functions_.version(key)) throw function_exists(function.name);
  const auto created = std::make_shared<const Function>(std::move(function));
  RowChanges changes;
  changes.put(functions_, key, created, std::nullopt);
  if (!co_await changes.write(catalog_)) throw function_exists(created->name);
}

asio::awaitable<FunctionPtr> Functions::update(FunctionPtr function, std::function<void(Function&)> change) {
  const Key key = key_of(*function);
  const Read now = begin_change(function, key);
  const Change guard(*this, key);
  auto next = std::make_shared<Function>(*now.row);
  change(*next);
  RowChanges changes;
  changes.put(functions_, key, next, now.version);
  co_await write(now, std::move(changes));
  co_return next;
}

asio::awaitable<std::set<std::string>> Functions::remove(FunctionPtr function) {
  const Key key = key_of(*function);
  const Read now = begin_change(function, key);
  const Change guard(*this, key);
  std::set<std::string> archives;
  const auto add_archives = [&archives](const Function& f) {
    for (std::string& archive : archives_of(f)) archives.insert(std::move(archive));
  };
  add_archives(*now.row);
  for (const FunctionPtr& v : versions(*function)) add_archives(*v);
  RowChanges changes;
  changes.expect(functions_, key, now.version);
  changes.remove(functions_, key);
  for (const std::string_view prefix : {kVersionPrefix, kAliasPrefix, kPolicyPrefix}) {
    const std::string rows = std::string(prefix) + key + "/";
    changes.batch().remove_range(rows, storage::behind(rows));
  }
  co_await write(now, std::move(changes));
  co_return archives;
}

asio::awaitable<void> Functions::write(Read read, RowChanges changes) {
  if (!co_await changes.write(catalog_)) throw update_in_progress(read.row->arn());
}

bool Functions::uses_code(const std::string& account, const std::string& sha256) const {
  const std::shared_lock lock(mutex_);
  return code_uses_.contains(code_key(account, sha256));
}

void Functions::function_changed(const Key& key, const FunctionPtr& before, const FunctionPtr& after) {
  if (after) hold_code(*after);  // first: what both have stays in use
  if (before) {
    drop_code(*before);
    for (const auto& [qualifier, url] : before->urls) urls_.erase(url.id);
  }
  if (after)
    for (const auto& [qualifier, url] : after->urls) urls_[url.id] = key;
  entries_[key].latest = after;
  forget_if_empty(key);
}

void Functions::forget_if_empty(const Key& key) {
  const auto it = entries_.find(key);
  if (it == entries_.end()) return;
  const Entry& entry = it->second;
  if (!entry.latest && entry.versions.empty() && entry.aliases.empty()) entries_.erase(it);
}

void Functions::hold_code(const Function& function) {
  for (const std::string& archive : archives_of(function)) ++code_uses_[code_key(function.account, archive)];
}

void Functions::drop_code(const Function& function) {
  for (const std::string& archive : archives_of(function)) drop_code(code_key(function.account, archive));
}

void Functions::drop_code(const std::string& code_key) {
  const auto it = code_uses_.find(code_key);
  if (it != code_uses_.end() && --it->second == 0) code_uses_.erase(it);
}

void Functions::end_change(const Key& key) {
  const std::unique_lock lock(mutex_);
  changing_.erase(key);
}

Functions::Read Functions::begin_change(const FunctionPtr& function, const Key& key) {
  {
    const std::unique_lock lock(mutex_);
    if (!functions_.find(key)) throw function_not_found(function->arn());
    if (!changing_.insert(key).second) throw update_in_progress(function->arn());
  }
  Read now = functions_.read(key);
  if (now.row) return now;
  end_change(key);
  throw function_not_found(function->arn());
}

}  // namespace millrace::lambda
