#include "api/lambda/layers/layer_store.h"

#include <algorithm>

#include "api/core/rows.h"
#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr const char* kWhose = "a layer's";

std::string key_of(const LayerVersion& v) { return lambda::key_of(v.account, v.region, v.name); }

std::string row_key(const LayerVersion& v) { return version_key(key_of(v), std::to_string(v.number)); }

std::string row_of_version(const LayerVersion& v) {
  return Json{{"version", 1},
              {"account", v.account},
              {"region", v.region},
              {"name", v.name},
              {"number", v.number},
              {"description", v.description},
              {"license", v.license},
              {"runtimes", v.runtimes},
              {"architectures", v.architectures},
              {"code_sha256", v.code_sha256},
              {"code_bytes", v.code_bytes},
              {"unpacked_bytes", v.unpacked_bytes},
              {"created_ms", ms_of(v.created)}}
      .dump();
}

LayerVersion layer_of(const std::string& row) {
  const Json j = parse_row(row, kWhose);
  LayerVersion v;
  v.account = j.at("account");
  v.region = j.at("region");
  v.name = j.at("name");
  v.number = j.at("number");
  v.description = j.at("description");
  v.license = j.at("license");
  v.runtimes = j.at("runtimes").get<std::vector<std::string>>();
  v.architectures = j.at("architectures").get<std::vector<std::string>>();
  v.code_sha256 = j.at("code_sha256");
  v.code_bytes = j.at("code_bytes");
  v.unpacked_bytes = j.at("unpacked_bytes");
  v.created = time_of(j.at("created_ms"));
  return v;
}

}  // namespace

std::string Layers::row_of(const Counter& counter) {
  return Json{{"version", 1}, {"last", counter.last}}.dump();
}
Layers::Counter Layers::counter_of(const std::string& row) { return {parse_row(row, kWhose).at("last")}; }

Layers::Layers(storage::Catalog& catalog)
    : catalog_(catalog),
      counters_(catalog, "l/l/", mutex_, row_of, counter_of,
                [this](const std::string& key, const auto&, const auto& after) {
                  if (after) entries_[key].last = after->last;
                }),
      versions_(catalog, "l/L/", mutex_, row_of_version, layer_of,
                [this](const std::string&, const LayerPtr& before, const LayerPtr& after) {
                  if (before) entries_[key_of(*before)].versions.erase(before->number);
                  if (after) entries_[key_of(*after)].versions[after->number] = after;
                }),
      policies_(catalog, "l/R/", mutex_, lambda::row_of, resource_policy_of) {
  counters_.load(unreadable_);
  versions_.load(unreadable_);
  policies_.load(unreadable_);
}

LayerPtr Layers::find(const std::string& account, const std::string& region, const std::string& name,
                      std::uint64_t number) const {
  const std::shared_lock lock(mutex_);
  const auto entry = entries_.find(lambda::key_of(account, region, name));
  if (entry == entries_.end()) return nullptr;
  const auto version = entry->second.versions.find(number);
  return version == entry->second.versions.end() ? nullptr : version->second;
}

std::vector<LayerPtr> Layers::versions(const Caller& caller, const std::string& name) const {
  std::vector<LayerPtr> out;
  const std::shared_lock lock(mutex_);
  const auto entry = entries_.find(lambda::key_of(caller.account, caller.region, name));
  if (entry == entries_.end()) return out;
  for (const auto& [number, version] : entry->second.versions) out.insert(out.begin(), version);
  return out;
}

std::vector<LayerPtr> Layers::all(const Caller& caller) const {
  const std::string prefix = lambda::key_of(caller.account, caller.region, "");
  std::vector<LayerPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it)
    for (auto version = it->second.versions.rbegin(); version != it->second.versions.rend(); ++version)
      out.push_back(version->second);
  return out;
}

std::vector<LayerPtr> Layers::all() const {
  std::vector<LayerPtr> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [key, entry] : entries_)
    for (const auto& [number, version] : entry.versions) out.push_back(version);
  return out;
}

bool Layers::uses_code(const std::string& account, const std::string& sha256) const {
  const std::string prefix = account + "/";
  const std::shared_lock lock(mutex_);
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it)
    for (const auto& [number, version] : it->second.versions)
      if (version->code_sha256 == sha256) return true;
  return false;
}

std::uint64_t Layers::last_number(const std::string& key) const {
  const std::shared_lock lock(mutex_);
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return 0;
  const auto& versions = entry->second.versions;
  return std::max(entry->second.last, versions.empty() ? 0 : versions.rbegin()->first);
}

// A number is new if no row has it and none that had it was removed: that would have changed the counter.
asio::awaitable<LayerPtr> Layers::publish(LayerVersion version) {
  const std::string key = key_of(version);
  for (Attempts attempts;; attempts.next()) {
    const RowVersion counted = counters_.version(key);
    version.number = last_number(key) + 1;
    while (versions_.version(row_key(version))) ++version.number;  // rows that cannot be decoded
    const auto added = std::make_shared<const LayerVersion>(version);
    RowChanges changes;
    changes.expect(counters_, key, counted);
    changes.put(versions_, row_key(*added), added, std::nullopt);
    if (co_await changes.write(catalog_)) co_return added;
  }
}

asio::awaitable<void> Layers::remove(LayerPtr version) {
  const std::string key = key_of(*version);
  for (Attempts attempts;; attempts.next()) {
    const RowVersion counted = counters_.version(key);
    const auto counter = std::make_shared<const Counter>(Counter{last_number(key)});
    RowChanges changes;
    changes.remove(versions_, row_key(*version));
    changes.remove(policies_, row_key(*version));
    changes.put(counters_, key, counter, counted);
    if (co_await changes.write(catalog_)) co_return;
  }
}

ResourcePolicyPtr Layers::policy(const std::string& account, const std::string& region,
                                 const std::string& name, std::uint64_t number) const {
  const std::string key = version_key(lambda::key_of(account, region, name), std::to_string(number));
  const std::shared_lock lock(mutex_);
  return policies_.find(key);
}

asio::awaitable<ResourcePolicyPtr> Layers::change_policy(LayerPtr version, PolicyChange change) {
  const std::string key = row_key(*version);
  for (Attempts attempts;; attempts.next()) {
    const RowVersion there = versions_.version(key);
    if (!there) throw layer_version_not_found(version->arn());
    RowChanges changes;
    changes.expect(versions_, key, there);
    const auto now = policies_.read(key);
    if (now.version && !now.row) throw internal();  // a row that this server does not know stays as it is
    const auto next = std::make_shared<const ResourcePolicy>(change(now.row ? *now.row : ResourcePolicy()));
    if (next->empty()) {
      changes.expect(policies_, key, now.version);
      changes.remove(policies_, key);
    } else {
      changes.put(policies_, key, next, now.version);
    }
    if (co_await changes.write(catalog_)) co_return next;
  }
}

}  // namespace millrace::lambda
