#include "api/lambda/mapping_store.h"

#include <algorithm>
#include <cstdio>

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kPage = 1000;
const std::string kMappingPrefix = "l/m/";
const std::string kCheckpointPrefix = "l/c/";

std::int64_t milliseconds(Time t) { return t.time_since_epoch().count(); }
Time time_of(const Json& ms) { return Time(std::chrono::milliseconds(ms.get<std::int64_t>())); }

std::string row_of(const Mapping& m) {
  Json j{{"version", 1},
         {"uuid", m.uuid},
         {"account", m.account},
         {"region", m.region},
         {"source_arn", m.source_arn},
         {"stream", m.stream},
         {"function", m.function},
         {"function_arn", m.function_arn},
         {"starting_position", m.starting_position},
         {"enabled", m.enabled},
         {"deleting", m.deleting},
         {"batch_size", m.batch_size},
         {"batching_window_s", m.batching_window_s},
         {"maximum_retry_attempts", m.maximum_retry_attempts},
         {"maximum_record_age_s", m.maximum_record_age_s},
         {"bisect", m.bisect},
         {"report_batch_item_failures", m.report_batch_item_failures},
         {"modified_ms", milliseconds(m.modified)}};
  if (m.filter) j["filters"] = m.filter->patterns();
  if (m.starting_timestamp) j["starting_timestamp_ms"] = milliseconds(*m.starting_timestamp);
  return j.dump();
}

void check_version(const Json& row) {
  if (row.at("version") != 1)
    throw std::runtime_error(
        "an event source mapping's row has a version that this server does not know; it was written by a "
        "newer "
        "one");
}

Mapping mapping_of(const std::string& row) {
  const Json j = Json::parse(row);
  check_version(j);
  Mapping m;
  m.uuid = j.at("uuid");
  m.account = j.at("account");
  m.region = j.at("region");
  m.source_arn = j.at("source_arn");
  m.stream = j.at("stream");
  m.function = j.at("function");
  m.function_arn = j.at("function_arn");
  m.starting_position = j.at("starting_position");
  if (j.contains("starting_timestamp_ms")) m.starting_timestamp = time_of(j["starting_timestamp_ms"]);
  m.enabled = j.at("enabled");
  m.deleting = j.at("deleting");
  m.batch_size = j.at("batch_size");
  m.batching_window_s = j.at("batching_window_s");
  m.maximum_retry_attempts = j.at("maximum_retry_attempts");
  m.maximum_record_age_s = j.at("maximum_record_age_s");
  m.bisect = j.at("bisect");
  m.report_batch_item_failures = j.at("report_batch_item_failures");
  if (j.contains("filters"))
    m.filter = std::make_shared<const RecordFilter>(j["filters"].get<std::vector<std::string>>());
  m.modified = time_of(j.at("modified_ms"));
  return m;
}

std::string checkpoint_prefix(const std::string& uuid) { return kCheckpointPrefix + uuid + "/"; }
std::string checkpoint_key(const std::string& uuid, std::uint32_t shard) {
  char digits[16];
  std::snprintf(digits, sizeof digits, "%010u", shard);
  return checkpoint_prefix(uuid) + digits;
}

std::string row_of(const Checkpoint& c) {
  return Json{{"version", 1}, {"stream", c.stream}, {"next", c.next.value}, {"finished", c.finished}}.dump();
}

// Two mappings must not have the same one.
std::string pair_of(const Mapping& m) { return m.source_arn + " " + m.function_arn; }

}  // namespace

std::string Mapping::arn() const {
  return "arn:aws:lambda:" + region + ":" + account + ":event-source-mapping:" + uuid;
}

bool Mapping::reads_from(const SourceStream& of) const {
  if (source_arn.find("/consumer/") == std::string::npos) return true;
  return std::find(of.consumers.begin(), of.consumers.end(), source_arn) != of.consumers.end();
}

// While one request changes something, others that want to are told that it is in use.
class Mappings::Change {
 public:
  Change(Mappings& mappings, std::string what) : mappings_(mappings), what_(std::move(what)) {}
  Change(const Change&) = delete;
  ~Change() {
    const std::unique_lock lock(mappings_.mutex_);
    mappings_.changing_.erase(what_);
  }

 private:
  Mappings& mappings_;
  std::string what_;
};

Mappings::Mappings(storage::Catalog& catalog) : catalog_(catalog) {
  std::string after;
  for (;;) {
    const std::vector<storage::Row> rows = or_throw(catalog.scan(kMappingPrefix, after, kPage));
    for (const storage::Row& row : rows) {
      auto mapping = std::make_shared<const Mapping>(mapping_of(row.value));
      progress_[mapping->uuid].state = mapping->deleting  ? "Deleting"
                                       : mapping->enabled ? "Enabled"
                                                          : "Disabled";
      mappings_[mapping->uuid] = std::move(mapping);
    }
    if (rows.size() < kPage) return;
    after = rows.back().key;
  }
}

MappingPtr Mappings::find(const std::string& uuid) const {
  const std::shared_lock lock(mutex_);
  const auto it = mappings_.find(uuid);
  return it == mappings_.end() ? nullptr : it->second;
}

std::vector<MappingPtr> Mappings::list(const std::string& account, const std::string& region,
                                       const std::string& after) const {
  std::vector<MappingPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = mappings_.upper_bound(after); it != mappings_.end(); ++it)
    if (it->second->account == account && it->second->region == region) out.push_back(it->second);
  return out;
}

std::vector<MappingPtr> Mappings::all() const {
  std::vector<MappingPtr> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [uuid, mapping] : mappings_) out.push_back(mapping);
  return out;
}

asio::awaitable<void> Mappings::create(Mapping mapping, ShardCheckpoints start) {
  const std::string pair = pair_of(mapping);
  {
    const std::unique_lock lock(mutex_);
    for (const auto& [uuid, other] : mappings_)
      if (pair_of(*other) == pair) throw mapping_exists(mapping.source_arn, mapping.function, uuid);
    if (!changing_.insert(pair).second)
      throw mapping_exists(mapping.source_arn, mapping.function, mapping.uuid);
  }
  const Change guard(*this, pair);
  const auto kept = std::make_shared<const Mapping>(std::move(mapping));
  storage::CatalogBatch batch;
  batch.put(kMappingPrefix + kept->uuid, row_of(*kept));
  for (const auto& [shard, checkpoint] : start)
    batch.put(checkpoint_key(kept->uuid, shard), row_of(checkpoint));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  mappings_[kept->uuid] = kept;
  progress_[kept->uuid] = {};
}

asio::awaitable<MappingPtr> Mappings::update(std::string uuid, std::function<void(Mapping&)> change) {
  std::shared_ptr<Mapping> next;
  {
    const std::unique_lock lock(mutex_);
    const auto it = mappings_.find(uuid);
    if (it == mappings_.end()) throw mapping_not_found();
    if (it->second->deleting || !changing_.insert(uuid).second) throw mapping_in_use();
    next = std::make_shared<Mapping>(*it->second);
  }
  const Change guard(*this, uuid);
  change(*next);
  storage::CatalogBatch batch;
  batch.put(kMappingPrefix + uuid, row_of(*next));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  mappings_[uuid] = next;
  co_return next;
}

asio::awaitable<void> Mappings::remove(std::string uuid) {
  std::string after;
  for (bool more = true; more;) {
    const std::vector<storage::Row> rows = or_throw(catalog_.scan(checkpoint_prefix(uuid), after, kPage));
    more = rows.size() == kPage;
    storage::CatalogBatch batch;
    for (const storage::Row& row : rows) batch.remove(row.key);
    if (!more)
      batch.remove(kMappingPrefix + uuid);  // the last, so that a crash leaves it to be removed again
    if (more) after = rows.back().key;
    or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  }
  const std::unique_lock lock(mutex_);
  mappings_.erase(uuid);
  progress_.erase(uuid);
}

MappingProgress Mappings::progress(const std::string& uuid) const {
  const std::shared_lock lock(mutex_);
  const auto it = progress_.find(uuid);
  return it == progress_.end() ? MappingProgress{} : it->second;
}

void Mappings::set_state(const std::string& uuid, std::string state) {
  const std::unique_lock lock(mutex_);
  if (const auto it = progress_.find(uuid); it != progress_.end()) it->second.state = std::move(state);
}

void Mappings::set_result(const std::string& uuid, std::string result) {
  const std::unique_lock lock(mutex_);
  if (const auto it = progress_.find(uuid); it != progress_.end()) it->second.result = std::move(result);
}

std::optional<Checkpoint> Mappings::checkpoint(const std::string& uuid, std::uint32_t shard) const {
  const std::optional<std::string> row = or_throw(catalog_.get(checkpoint_key(uuid, shard)));
  if (!row) return std::nullopt;
  const Json j = Json::parse(*row);
  check_version(j);
  return Checkpoint{j.at("stream"), {j.at("next").get<std::uint64_t>()}, j.at("finished")};
}

asio::awaitable<storage::Result<void>> Mappings::keep(std::string uuid, std::uint32_t shard,
                                                      Checkpoint checkpoint) {
  storage::CatalogBatch batch;
  batch.put(checkpoint_key(uuid, shard), row_of(checkpoint));
  co_return co_await catalog_.write(std::move(batch), storage::Sync::lazy);
}

}  // namespace millrace::lambda
