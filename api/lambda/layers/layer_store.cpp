#include "api/lambda/layers/layer_store.h"

#include <algorithm>
#include <mutex>

#include "api/core/rows.h"
#include "api/lambda/functions/function_rows.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kLayerPrefix = "l/l/", kLayerVersionPrefix = "l/L/";
constexpr const char* kWhose = "a layer's";

std::string key_of(const LayerVersion& v) { return lambda::key_of(v.account, v.region, v.name); }

std::string row_key(const LayerVersion& v) {
  return std::string(kLayerVersionPrefix) + version_key(key_of(v), std::to_string(v.number));
}

std::string row_of(const LayerVersion& v) {
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

Layers::Layers(storage::Catalog& catalog) : catalog_(catalog) {
  const auto last_of = [](const std::string& row) -> std::uint64_t {
    return parse_row(row, kWhose).at("last");
  };
  load_rows(catalog, kLayerPrefix, unreadable_, last_of, [this](const storage::Row& row, std::uint64_t last) {
    entries_[row.key.substr(kLayerPrefix.size())].last = last;
  });
  load_rows(catalog, kLayerVersionPrefix, unreadable_, layer_of,
            [this](const storage::Row&, LayerVersion decoded) {
              auto version = std::make_shared<const LayerVersion>(std::move(decoded));
              Entry& entry = entries_[key_of(*version)];
              entry.versions[version->number] = version;
              entry.last = std::max(entry.last, version->number);
            });
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

bool Layers::uses_code(const std::string& account, const std::string& sha256) const {
  const std::string prefix = account + "/";
  const std::shared_lock lock(mutex_);
  for (auto it = entries_.lower_bound(prefix); it != entries_.end() && it->first.starts_with(prefix); ++it)
    for (const auto& [number, version] : it->second.versions)
      if (version->code_sha256 == sha256) return true;
  return false;
}

asio::awaitable<LayerPtr> Layers::publish(LayerVersion version) {
  const std::string key = key_of(version);
  {
    const std::unique_lock lock(mutex_);
    version.number = ++entries_[key].last;
  }
  const auto kept = std::make_shared<const LayerVersion>(std::move(version));
  storage::CatalogBatch batch;
  batch.put(row_key(*kept), row_of(*kept));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  entries_[key].versions[kept->number] = kept;
  co_return kept;
}

asio::awaitable<void> Layers::remove(LayerPtr version) {
  const std::string key = key_of(*version);
  std::uint64_t last = 0;
  {
    const std::shared_lock lock(mutex_);
    last = entries_.at(key).last;
  }
  storage::CatalogBatch batch;
  batch.remove(row_key(*version));
  batch.put(std::string(kLayerPrefix) + key, Json{{"version", 1}, {"last", last}}.dump());
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  entries_[key].versions.erase(version->number);
}

}  // namespace millrace::lambda
