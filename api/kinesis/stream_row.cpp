#include "api/kinesis/stream_row.h"

#include "api/core/rows.h"
#include "api/core/shape.h"

namespace millrace::kinesis {

namespace {

// Stored by name; never renamed.
constexpr std::pair<PendingChange::Kind, const char*> kChanges[] = {
    {PendingChange::Kind::settings, "settings"},
    {PendingChange::Kind::split, "split"},
    {PendingChange::Kind::merge, "merge"},
    {PendingChange::Kind::scale, "scale"},
    {PendingChange::Kind::grow, "grow"}};
constexpr StreamStatus kStatuses[] = {StreamStatus::creating, StreamStatus::active, StreamStatus::updating,
                                      StreamStatus::deleting};

std::int64_t ms(Time t) { return t.time_since_epoch().count(); }
Time time_of(const Json& j) { return Time(std::chrono::milliseconds(j.get<std::int64_t>())); }
HashKey key_of(const Json& j) { return parse_hash_key(j.get<std::string>()).value(); }

Json json_of(const Shard& shard) {
  Json j{{"number", shard.number},
         {"start", to_string(shard.start)},
         {"end", to_string(shard.end)},
         {"created_s", shard.created_s}};
  if (shard.parent) j["parent"] = *shard.parent;
  if (shard.adjacent_parent) j["adjacent_parent"] = *shard.adjacent_parent;
  if (shard.closed_s) j["closed_s"] = *shard.closed_s;
  return j;
}
Shard shard_of(const Json& j) {
  Shard shard;
  shard.number = j.at("number");
  shard.start = key_of(j.at("start"));
  shard.end = key_of(j.at("end"));
  shard.created_s = j.at("created_s");
  if (j.contains("parent")) shard.parent = j["parent"].get<std::uint32_t>();
  if (j.contains("adjacent_parent")) shard.adjacent_parent = j["adjacent_parent"].get<std::uint32_t>();
  if (j.contains("closed_s")) shard.closed_s = j["closed_s"].get<std::uint64_t>();
  return shard;
}

Json json_of(const PendingChange& change) {
  Json j{{"shard", change.shard},
         {"adjacent", change.adjacent},
         {"count", change.count},
         {"key", to_string(change.key)}};
  for (const auto& [kind, name] : kChanges)
    if (kind == change.kind) j["kind"] = name;
  return j;
}
PendingChange change_of(const Json& j) {
  PendingChange change;
  for (const auto& [kind, name] : kChanges)
    if (j.at("kind") == name) change.kind = kind;
  change.shard = j.at("shard");
  change.adjacent = j.at("adjacent");
  change.count = j.at("count");
  change.key = key_of(j.at("key"));
  return change;
}

Json json_of(const DataKey& key) {
  Json j{{"id", key.id}, {"kms_key", key.kms_key}, {"wrapped", key.wrapped}};
  if (key.retired) j["retired_ms"] = ms(*key.retired);
  return j;
}
DataKey data_key_of(const Json& j) {
  DataKey key;
  key.id = j.at("id");
  key.kms_key = j.at("kms_key");
  key.wrapped = j.at("wrapped");
  if (j.contains("retired_ms")) key.retired = time_of(j["retired_ms"]);
  return key;
}

Json json_of(const Consumer& c) {
  Json j{{"name", c.name}, {"created_ms", ms(c.created)}, {"active_from_ms", ms(c.active_from)}};
  if (c.gone_from) j["gone_from_ms"] = ms(*c.gone_from);
  if (!c.tags.empty()) j["tags"] = c.tags;
  if (!c.policy.empty()) j["policy"] = c.policy;
  return j;
}
Consumer consumer_of(const Json& j) {
  Consumer c;
  c.name = j.at("name");
  c.created = time_of(j.at("created_ms"));
  c.active_from = time_of(j.at("active_from_ms"));
  if (j.contains("gone_from_ms")) c.gone_from = time_of(j["gone_from_ms"]);
  if (j.contains("tags")) c.tags = j["tags"];
  c.policy = j.value("policy", "");
  return c;
}

}  // namespace

std::string row_of(const Stream& s) {
  Json j{{"version", 1},
         {"number", s.number},
         {"account", s.account},
         {"region", s.region},
         {"name", s.name},
         {"created_ms", ms(s.created)},
         {"retention_hours", s.retention_hours},
         {"mode", s.mode}};
  for (const Shard& shard : s.shards) j["shards"].push_back(json_of(shard));
  if (s.status != StreamStatus::active) {
    j["status"] = to_string(s.status);
    j["due_ms"] = ms(s.due);
    j["change"] = json_of(s.change);
  }
  if (s.changes > 0) j["changes"] = s.changes;
  if (!s.tags.empty()) j["tags"] = s.tags;
  if (s.data_keys_made > 0) j["data_keys_made"] = s.data_keys_made;
  for (const DataKey& key : s.data_keys) j["data_keys"].push_back(json_of(key));
  if (!s.shard_metrics.empty()) j["shard_metrics"] = s.shard_metrics;
  if (s.max_record_kib != 1024) j["max_record_kib"] = s.max_record_kib;
  if (s.warm_mibps) j["warm_mibps"] = *s.warm_mibps;
  if (!s.distribution.empty()) j["distribution"] = s.distribution;
  if (!s.policy.empty()) j["policy"] = s.policy;
  for (const Consumer& c : s.consumers) j["consumers"].push_back(json_of(c));
  for (const Peak& p : s.peaks)
    j["peaks"].push_back(
        Json{{"day", p.day}, {"bytes_per_s", p.bytes_per_s}, {"records_per_s", p.records_per_s}});
  return j.dump();
}

Stream stream_of(const std::string& row) {
  const Json j = parse_row(row, "a stream's");
  const Json none = Json::array();
  const auto list = [&](const char* name) -> const Json& { return j.contains(name) ? j[name] : none; };
  Stream s;
  s.number = j.at("number");
  s.account = j.at("account");
  s.region = j.at("region");
  s.name = j.at("name");
  s.created = time_of(j.at("created_ms"));
  s.retention_hours = j.at("retention_hours");
  s.mode = j.at("mode");
  for (const Json& shard : list("shards")) s.shards.push_back(shard_of(shard));
  if (j.contains("status")) {
    for (const StreamStatus status : kStatuses)
      if (j["status"] == to_string(status)) s.status = status;
    s.due = time_of(j.at("due_ms"));
    s.change = change_of(j.at("change"));
  }
  if (j.contains("tags")) s.tags = j["tags"];
  s.changes = j.value("changes", std::uint64_t{0});
  s.data_keys_made = j.value("data_keys_made", 0u);
  for (const Json& key : list("data_keys")) s.data_keys.push_back(data_key_of(key));
  if (j.contains("shard_metrics")) s.shard_metrics = j["shard_metrics"];
  s.max_record_kib = j.value("max_record_kib", 1024);
  if (j.contains("warm_mibps")) s.warm_mibps = j["warm_mibps"].get<int>();
  s.distribution = j.value("distribution", "");
  s.policy = j.value("policy", "");
  for (const Json& c : list("consumers")) s.consumers.push_back(consumer_of(c));
  for (const Json& p : list("peaks"))
    s.peaks.push_back({p.at("day"), p.at("bytes_per_s"), p.at("records_per_s")});
  return s;
}

}  // namespace millrace::kinesis
