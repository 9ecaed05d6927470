#include "api/lambda/store.h"

#include <mutex>

#include "api/core/rows.h"
#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"

namespace millrace::lambda {

namespace {

constexpr const char* kSealKey = "l/seal";

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

Functions::Functions(storage::Catalog& catalog) : catalog_(catalog), seal_(Seal::Key{}) {
  load_rows(catalog, kFunctionPrefix, unreadable_, function_of,
            [this](const storage::Row&, Function decoded) {
              const auto function = std::make_shared<const Function>(std::move(decoded));
              put(key_of(*function), function);
            });
  // Their names are taken: what they hold is still there.
  for (const UnreadableRow& row : unreadable_) changing_.insert(row.key.substr(kFunctionPrefix.size()));
  load_versions();
  load_aliases();
  Seal::Key key = Seal::random_key();
  const auto kept = or_throw(catalog.get(kSealKey));
  seal_is_new_ = !kept;
  if (kept) std::copy_n(kept->begin(), std::min(kept->size(), key.size()), key.begin());
  seal_ = Seal(key);
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
  for (auto it = functions_.upper_bound(prefix + after);
       it != functions_.end() && it->first.starts_with(prefix) && out.size() < limit; ++it)
    out.push_back(it->second.latest);
  return out;
}

Functions::Usage Functions::usage(const std::string& account, const std::string& region) const {
  const std::string prefix = key_of(account, region, "");
  Usage out;
  const std::shared_lock lock(mutex_);
  for (auto it = functions_.upper_bound(prefix); it != functions_.end() && it->first.starts_with(prefix);
       ++it) {
    ++out.count;
    out.code_bytes += it->second.latest->code_bytes;
    out.reserved += it->second.latest->reserved.value_or(0);
    for (const auto& [number, version] : it->second.versions) out.code_bytes += version->code_bytes;
  }
  return out;
}

asio::awaitable<void> Functions::create(Function function) {
  const Key key = key_of(function);
  {
    const std::unique_lock lock(mutex_);
    if (functions_.contains(key) || !changing_.insert(key).second) throw function_exists(function.name);
  }
  const Change guard(*this, key);
  const auto kept = std::make_shared<const Function>(std::move(function));
  storage::CatalogBatch batch;
  batch.put(std::string(kFunctionPrefix) + key, row_of(*kept));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, kept);
}

asio::awaitable<FunctionPtr> Functions::update(FunctionPtr function, std::function<void(Function&)> change) {
  const Key key = key_of(*function);
  const FunctionPtr now = begin_change(function, key);
  const Change guard(*this, key);
  auto next = std::make_shared<Function>(*now);
  change(*next);
  storage::CatalogBatch batch;
  batch.put(std::string(kFunctionPrefix) + key, row_of(*next));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, next);
  co_return next;
}

asio::awaitable<std::set<std::string>> Functions::remove(FunctionPtr function) {
  const Key key = key_of(*function);
  (void)begin_change(function, key);
  const Change guard(*this, key);
  const std::vector<FunctionPtr> published = versions(*function);
  storage::CatalogBatch batch;
  batch.remove(std::string(kFunctionPrefix) + key);
  for (const FunctionPtr& v : published)
    batch.remove(std::string(kVersionPrefix) + version_key(key, v->version));
  for (const AliasPtr& a : aliases(*function)) batch.remove(std::string(kAliasPrefix) + key + "/" + a->name);
  or_throw(co_await catalog_.write(std::move(batch)));
  std::set<std::string> archives;
  const auto drop = [this, &archives](const Function& f) {
    drop_code(f);
    for (std::string& archive : archives_of(f)) archives.insert(std::move(archive));
  };
  const std::unique_lock lock(mutex_);
  drop(*functions_.at(key).latest);
  for (const FunctionPtr& v : published) drop(*v);
  for (const auto& [qualifier, url] : functions_.at(key).latest->urls) urls_.erase(url.id);
  functions_.erase(key);
  co_return archives;
}

bool Functions::uses_code(const std::string& account, const std::string& sha256) const {
  const std::shared_lock lock(mutex_);
  return code_uses_.contains(code_key(account, sha256));
}

asio::awaitable<void> Functions::keep_seal() {
  if (!seal_is_new_) co_return;
  storage::CatalogBatch batch;
  batch.put(kSealKey, std::string(seal_.key().begin(), seal_.key().end()));
  or_throw(co_await catalog_.write(std::move(batch)));
}

void Functions::put(const Key& key, FunctionPtr function) {
  FunctionPtr& place = functions_[key].latest;
  hold_code(*function);
  if (place) {
    drop_code(*place);
    for (const auto& [qualifier, url] : place->urls) urls_.erase(url.id);
  }
  for (const auto& [qualifier, url] : function->urls) urls_[url.id] = key;
  place = std::move(function);
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

FunctionPtr Functions::begin_change(const FunctionPtr& function, const Key& key) {
  const std::unique_lock lock(mutex_);
  const auto it = functions_.find(key);
  if (it == functions_.end()) throw function_not_found(function->arn());
  if (!changing_.insert(key).second) throw update_in_progress(function->arn());
  return it->second.latest;
}

}  // namespace millrace::lambda
