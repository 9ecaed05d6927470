#include "server/client/lease_rows.h"

#include <charconv>

namespace millrace {

namespace {

using Json = nlohmann::json;

// The value of an attribute of the type; nullptr: there is none.
const Json* value_of(const Json& item, const char* name, const char* type) {
  const auto attribute = item.find(name);
  if (attribute == item.end() || !attribute->is_object()) return nullptr;
  const auto value = attribute->find(type);
  return value == attribute->end() ? nullptr : &*value;
}

std::string text(const Json& item, const char* name) {
  const Json* value = value_of(item, name, "S");
  return value && value->is_string() ? value->get<std::string>() : "";
}

std::uint64_t count(const Json& item, const char* name) {
  const Json* value = value_of(item, name, "N");
  if (!value || !value->is_string()) return 0;
  const auto& digits = value->get_ref<const std::string&>();
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::vector<std::string> texts(const Json& item, const char* name) {
  std::vector<std::string> out;
  const Json* values = value_of(item, name, "SS");
  if (values && values->is_array())
    for (const Json& value : *values)
      if (value.is_string()) out.push_back(value);
  return out;
}

// `account:stream:creation time`, which several streams in one table are named by; otherwise the name alone.
// Source: StreamIdentifier.serialize of 3.5.1.
std::string stream_name(const std::string& identifier) {
  const std::size_t first = identifier.find(':'), last = identifier.rfind(':');
  return first == last ? identifier : identifier.substr(first + 1, last - first - 1);
}

}  // namespace

std::optional<Lease> lease_of(const Json& item) {
  if (!item.is_object()) return std::nullopt;
  const std::string kind = text(item, "entityType");
  if (!kind.empty() && kind != "LEASE") return std::nullopt;
  Lease lease;
  lease.key = text(item, "leaseKey");
  if (lease.key.empty() || !value_of(item, "leaseCounter", "N")) return std::nullopt;
  lease.stream = stream_name(text(item, "streamName"));
  lease.shard = text(item, "shardId");
  if (lease.shard.empty()) lease.shard = lease.key;
  lease.owner = text(item, "leaseOwner");
  lease.checkpoint = text(item, "checkpoint");
  lease.sub_sequence_number = count(item, "checkpointSubSequenceNumber");
  lease.counter = count(item, "leaseCounter");
  lease.owner_switches = count(item, "ownerSwitchesSinceCheckpoint");
  lease.parents = texts(item, "parentShardId");
  return lease;
}

void CounterWatch::look(const std::vector<Lease>& leases, Clock::time_point now) {
  std::map<std::string, Seen> seen;
  for (const Lease& lease : leases) {
    Seen next{lease.counter, now};
    if (const auto before = seen_.find(lease.key); before != seen_.end()) {
      const bool same = before->second.counter == lease.counter;
      if (same) next = before->second;
      next.changed |= !same;
      next.again = true;
    }
    seen.emplace(lease.key, next);
  }
  seen_ = std::move(seen);
  last_look_ = now;
}

std::optional<Silence> CounterWatch::silence_of(const Lease& lease) const {
  const auto found = seen_.find(lease.key);
  if (found == seen_.end() || !found->second.again || lease.owner.empty()) return std::nullopt;
  return Silence{std::chrono::duration_cast<std::chrono::milliseconds>(last_look_ - found->second.since),
                 !found->second.changed};
}

}  // namespace millrace
