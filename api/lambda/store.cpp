#include "api/lambda/store.h"

#include <mutex>
#include <nlohmann/json.hpp>

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kPrefix = "l/f/";
constexpr const char* kSealKey = "l/seal";

std::string key_of(const std::string& account, const std::string& region, const std::string& name) {
  return account + "/" + region + "/" + name;
}
std::string key_of(const Function& f) { return key_of(f.account, f.region, f.name); }

std::string code_key(const std::string& account, const std::string& sha256) { return account + "/" + sha256; }
std::string code_key(const Function& f) { return code_key(f.account, f.code_sha256); }

std::string row_of(const Function& f) {
  Json j{{"version", 1},
         {"account", f.account},
         {"region", f.region},
         {"name", f.name},
         {"role", f.role},
         {"runtime", f.runtime},
         {"handler", f.handler},
         {"description", f.description},
         {"timeout_s", f.timeout_s},
         {"memory_mb", f.memory_mb},
         {"ephemeral_mb", f.ephemeral_mb},
         {"code_sha256", f.code_sha256},
         {"code_bytes", f.code_bytes},
         {"revision", f.revision},
         {"modified_ms", f.modified.time_since_epoch().count()},
         {"tags", f.tags}};
  if (f.environment) j["environment"] = *f.environment;
  return j.dump();
}

Function function_of(const std::string& row) {
  const Json j = Json::parse(row);
  if (j.at("version") != 1)
    throw std::runtime_error(
        "a function's row has a version that this server does not know; it was written by a newer one");
  Function f;
  f.account = j.at("account");
  f.region = j.at("region");
  f.name = j.at("name");
  f.role = j.at("role");
  f.runtime = j.at("runtime");
  f.handler = j.at("handler");
  f.description = j.at("description");
  f.timeout_s = j.at("timeout_s");
  f.memory_mb = j.at("memory_mb");
  f.ephemeral_mb = j.at("ephemeral_mb");
  f.code_sha256 = j.at("code_sha256");
  f.code_bytes = j.at("code_bytes");
  f.revision = j.at("revision");
  f.modified = Time(std::chrono::milliseconds(j.at("modified_ms").get<std::int64_t>()));
  f.tags = j.at("tags").get<std::map<std::string, std::string>>();
  if (j.contains("environment")) f.environment = j["environment"].get<Variables>();
  return f;
}

}  // namespace

// While one request changes a function, others that want to are told that an update is in progress.
class Functions::Change {
 public:
  Change(Functions& functions, Key key) : functions_(functions), key_(std::move(key)) {}
  Change(const Change&) = delete;
  ~Change() {
    const std::unique_lock lock(functions_.mutex_);
    functions_.changing_.erase(key_);
  }

 private:
  Functions& functions_;
  Key key_;
};

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
  std::string after;
  for (;;) {
    const std::vector<storage::Row> rows = or_throw(catalog.scan(kPrefix, after, 1000));
    for (const storage::Row& row : rows) {
      const auto function = std::make_shared<const Function>(function_of(row.value));
      put(key_of(*function), function);
    }
    if (rows.size() < 1000) break;
    after = rows.back().key;
  }
  Seal::Key key = Seal::random_key();
  const auto kept = or_throw(catalog.get(kSealKey));
  seal_is_new_ = !kept;
  if (kept) std::copy_n(kept->begin(), std::min(kept->size(), key.size()), key.begin());
  seal_ = Seal(key);
}

FunctionPtr Functions::find(const std::string& account, const std::string& region,
                            const std::string& name) const {
  const std::shared_lock lock(mutex_);
  const auto it = functions_.find(key_of(account, region, name));
  return it == functions_.end() ? nullptr : it->second;
}

std::vector<FunctionPtr> Functions::list(const Caller& caller, const std::string& after,
                                         std::size_t limit) const {
  const std::string prefix = key_of(caller.account, caller.region, "");
  std::vector<FunctionPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = functions_.upper_bound(prefix + after);
       it != functions_.end() && it->first.starts_with(prefix) && out.size() < limit; ++it)
    out.push_back(it->second);
  return out;
}

Functions::Usage Functions::usage(const Caller& caller) const {
  const std::string prefix = key_of(caller.account, caller.region, "");
  Usage out;
  const std::shared_lock lock(mutex_);
  for (auto it = functions_.upper_bound(prefix); it != functions_.end() && it->first.starts_with(prefix);
       ++it) {
    ++out.count;
    out.code_bytes += it->second->code_bytes;
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
  batch.put(std::string(kPrefix) + key, row_of(*kept));
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
  batch.put(std::string(kPrefix) + key, row_of(*next));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, next);
  co_return next;
}

asio::awaitable<void> Functions::remove(FunctionPtr function) {
  const Key key = key_of(*function);
  const FunctionPtr now = begin_change(function, key);
  const Change guard(*this, key);
  storage::CatalogBatch batch;
  batch.remove(std::string(kPrefix) + key);
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  functions_.erase(key);
  drop_code(code_key(*now));
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
  FunctionPtr& place = functions_[key];
  ++code_uses_[code_key(*function)];
  if (place) drop_code(code_key(*place));
  place = std::move(function);
}

void Functions::drop_code(const std::string& code_key) {
  const auto it = code_uses_.find(code_key);
  if (it != code_uses_.end() && --it->second == 0) code_uses_.erase(it);
}

FunctionPtr Functions::begin_change(const FunctionPtr& function, const Key& key) {
  const std::unique_lock lock(mutex_);
  const auto it = functions_.find(key);
  if (it == functions_.end()) throw function_not_found(function->arn());
  if (!changing_.insert(key).second) throw update_in_progress(function->arn());
  return it->second;
}

}  // namespace millrace::lambda
