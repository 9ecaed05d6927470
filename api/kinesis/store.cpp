#include "api/kinesis/store.h"

#include <algorithm>

#include "api/core/rows.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/policy.h"
#include "api/kinesis/stream_row.h"

namespace millrace::kinesis {

namespace {

std::string key_of(const std::string& account, const std::string& region, const std::string& name) {
  return account + "/" + region + "/" + name;
}
std::string key_of(const Stream& s) { return key_of(s.account, s.region, s.name); }

std::string row_of(const Commitment& c) {
  Json j{{"version", 1}};
  if (c.started) j["started_ms"] = c.started->time_since_epoch().count();
  if (c.ended) j["ended_ms"] = c.ended->time_since_epoch().count();
  return j.dump();
}
Commitment commitment_of(const std::string& row) {
  const Json j = parse_row(row, "an account's");
  const auto time = [&](const char* name) -> std::optional<Time> {
    if (!j.contains(name)) return std::nullopt;
    return Time(std::chrono::milliseconds(j[name].get<std::int64_t>()));
  };
  return {time("started_ms"), time("ended_ms")};
}

// When something of the stream passes; nullopt: nothing does.
std::optional<Time> due_of(const Stream& s) {
  if (s.status != StreamStatus::active) return s.due;
  std::optional<Time> first;
  for (const Consumer& c : s.consumers)
    if (c.gone_from && (!first || *c.gone_from < *first)) first = c.gone_from;
  return first;
}

}  // namespace

// While one request changes a stream, others that want to wait for their turn: so they need not try again.
// That a change is based on the newest state is decided when it is written.
class Streams::Changing {
 public:
  Changing(Streams& streams, Key key, std::uint64_t number)
      : streams_(streams), key_(std::move(key)), number_(number) {}
  Changing(const Changing&) = delete;
  ~Changing() {
    const std::unique_lock lock(streams_.mutex_);
    streams_.changing_.erase(key_);
    streams_.wake(number_);
  }

 private:
  Streams& streams_;
  Key key_;
  std::uint64_t number_;
};

Streams::Streams(storage::Catalog& catalog, const Seal::Key& master_key)
    : catalog_(catalog),
      master_key_(master_key),
      seal_(catalog, "k/seal"),
      streams_(
          catalog, "k/s/", mutex_, row_of, [this](const std::string& row) { return decoded(row); },
          [this](const Key&, const StreamPtr& before, const StreamPtr& after) {
            row_changed(before, after);
          }),
      commitments_(catalog, "k/a/", mutex_, row_of, commitment_of),
      deleted_(
          catalog, "k/d/", mutex_, [](const Deleted&) { return std::string(); },
          [](const std::string&) { return Deleted(); }) {
  streams_.load(unreadable_);
  for (const auto& [number, stream] : by_number_) {
    for (const DataKey& key : stream->data_keys)
      if (!key.cipher) throw WrongMasterKey(*stream);
    next_number_ = std::max(next_number_, number + 1);
  }
  if (const auto next = or_throw(catalog.get(kNextKey)))
    next_number_ = std::max<std::uint64_t>(next_number_, std::stoull(*next));
  reserved_ = next_number_;
  deleted_.load(unreadable_);
  commitments_.load(unreadable_);
}

// Keys that another master key wrapped have no cipher.
Stream Streams::decoded(const std::string& row) const {
  Stream stream = stream_of(row);
  for (DataKey& key : stream.data_keys) (void)unwrap(master_key_, stream.number, key);
  stream.index_shards();
  return stream;
}

StreamArn Streams::place_of(const Caller& caller, const StreamReference& reference) {
  if (!reference.arn) {
    if (!reference.name) throw no_stream_named();
    StreamArn place;
    place.region = caller.region;
    place.account = caller.account;
    place.name = *reference.name;
    return place;
  }
  const auto arn = parse_stream_arn(*reference.arn);
  if (!arn || !arn->consumer.empty()) throw stream_not_found(*reference.arn, caller.account);
  if (reference.name && *reference.name != arn->name) throw names_disagree(*reference.name, *reference.arn);
  return *arn;
}

StreamPtr Streams::get(const Caller& caller, const StreamReference& reference) const {
  const StreamArn place = place_of(caller, reference);
  StreamPtr stream = place.region == caller.region ? find(place.account, place.region, place.name) : nullptr;
  if (!stream) throw stream_not_found(place.name, place.account);
  authorize(caller, *stream, nullptr);
  return stream;
}

// Without a policy, other accounts' streams are not there.
void Streams::authorize(const Caller& caller, const Stream& stream, const Consumer* consumer) const {
  if (caller.identity) return;  // all of the policies that apply were evaluated before the operation
  const std::string& policy = consumer ? consumer->policy : stream.policy;
  const bool own = stream.account == caller.account;
  if (policy.empty()) {
    if (!own) throw stream_not_found(stream.name, stream.account);
    return;
  }
  const std::string resource = consumer ? stream.arn_of(*consumer) : stream.arn();
  const std::string action = "kinesis:" + std::string(caller.operation);
  const Verdict verdict = judge(policy, caller.account, action, resource);
  if (verdict == Verdict::denied || (!own && verdict != Verdict::allowed))
    throw access_denied(caller.account, action, resource, verdict == Verdict::denied);
}

StreamPtr Streams::get_active(const Caller& caller, const StreamReference& reference) const {
  StreamPtr stream = get(caller, reference);
  if (stream->status != StreamStatus::active)
    throw stream_not_active(stream->name, stream->account, to_string(stream->status));
  return stream;
}

StreamPtr Streams::get_usable(const Caller& caller, const StreamReference& reference) const {
  StreamPtr stream = get(caller, reference);
  if (stream->status == StreamStatus::creating || stream->status == StreamStatus::deleting)
    throw stream_not_found(stream->name, stream->account);
  return stream;
}

Streams::OfConsumer Streams::get(const Caller& caller, const ConsumerReference& reference) const {
  if (!reference.arn && (!reference.stream_arn || !reference.name)) throw consumer_reference_incomplete();
  const std::string& text = reference.arn ? *reference.arn : *reference.stream_arn;
  const auto arn = parse_stream_arn(text);
  if (!arn || (reference.arn && arn->consumer.empty())) throw consumer_not_found(text, caller.account);
  if (!reference.arn && !arn->consumer.empty()) throw stream_not_found(text, caller.account);
  const std::string& name = reference.arn ? arn->consumer : *reference.name;
  if (reference.name && *reference.name != name) throw names_disagree(*reference.name, text);
  if (reference.stream_arn && reference.arn && !text.starts_with(*reference.stream_arn + "/"))
    throw names_disagree(*reference.stream_arn, text);
  OfConsumer out{find(arn->account, arn->region, arn->name), nullptr};
  if (!out.stream || arn->region != caller.region) throw stream_not_found(arn->name, arn->account);
  out.consumer = out.stream->find_consumer(name);
  const bool same = out.consumer && (!reference.arn || out.stream->arn_of(*out.consumer) == text);
  if (out.consumer) authorize(caller, *out.stream, out.consumer);
  if (!same && out.stream->account != caller.account) throw stream_not_found(arn->name, arn->account);
  if (!same) throw consumer_not_found(reference.arn ? text : name, arn->account);
  return out;
}

StreamPtr Streams::find(const std::string& account, const std::string& region,
                        const std::string& name) const {
  const std::shared_lock lock(mutex_);
  return streams_.find(key_of(account, region, name));
}

StreamPtr Streams::find(std::uint64_t number) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_number_.find(number);
  return it == by_number_.end() ? nullptr : it->second;
}

StreamPtr Streams::latest(const Stream& known) const {
  StreamPtr stream = find(known.number);
  if (!stream) throw stream_not_found(known.name, known.account);
  return stream;
}

std::vector<StreamPtr> Streams::list(const std::string& account, const std::string& region,
                                     const std::string& after, std::size_t limit) const {
  const std::string prefix = key_of(account, region, "");
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  streams_.for_each(prefix + after, [&](const Key& key, const StreamPtr& stream) {
    if (!key.starts_with(prefix) || out.size() >= limit) return false;
    out.push_back(stream);
    return true;
  });
  return out;
}

std::vector<StreamPtr> Streams::all() const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  streams_.for_each("", [&](const Key&, const StreamPtr& stream) {
    out.push_back(stream);
    return true;
  });
  return out;
}

std::vector<StreamPtr> Streams::page(const StreamPtr& after, std::size_t limit) const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  streams_.for_each(after ? key_of(*after) : "", [&](const Key&, const StreamPtr& stream) {
    if (out.size() >= limit) return false;
    out.push_back(stream);
    return true;
  });
  return out;
}

Streams::Totals Streams::totals(const std::string& account, const std::string& region) const {
  const std::shared_lock lock(mutex_);
  const auto it = totals_.find(account + "/" + region);
  return it == totals_.end() ? Totals() : it->second;
}

void Streams::count(const Stream& stream, std::int64_t sign) {
  Totals& totals = totals_[stream.account + "/" + stream.region];
  totals.open_shards += sign * stream.open_shards();
  totals.on_demand_streams += stream.on_demand() ? sign : 0;
  const auto due = due_of(stream);
  if (due && sign > 0) due_.emplace(*due, stream.number);
  if (due && sign < 0) due_.erase({*due, stream.number});
}

void Streams::row_changed(const StreamPtr& before, const StreamPtr& after) {
  if (before) {
    count(*before, -1);
    by_number_.erase(before->number);
  }
  if (after) {
    count(*after, +1);
    by_number_[after->number] = after;
  }
  if (before) wake(before->number);
  if (after) wake(after->number);
}

std::vector<StreamPtr> Streams::due(Time now) const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = due_.begin(); it != due_.end() && it->first <= now; ++it)
    out.push_back(by_number_.at(it->second));
  return out;
}

asio::awaitable<StreamPtr> Streams::create(Stream stream, Prepare prepare) {
  const Key key = key_of(stream);
  if (streams_.version(key)) throw stream_exists(stream.name, stream.account);
  stream.number = co_await take_number();
  stream.index_shards();
  const auto created = std::make_shared<const Stream>(std::move(stream));
  if (prepare) or_throw(co_await prepare(*created));
  RowChanges changes;
  changes.put(streams_, key, created, std::nullopt);
  if (!co_await changes.write(catalog_)) throw stream_exists(created->name, created->account);
  co_return created;
}

asio::awaitable<StreamPtr> Streams::update(StreamPtr stream, std::function<void(Stream&)> change) {
  const Key key = key_of(*stream);
  co_await begin_change(key, stream);
  const Changing guard(*this, key, stream->number);
  for (Attempts attempts;; attempts.next()) {
    const auto [now, version] = streams_.read(key);
    if (!now || now->number != stream->number) throw stream_not_found(stream->name, stream->account);
    const auto next = std::make_shared<Stream>(*now);
    change(*next);
    next->index_shards();
    RowChanges changes;
    changes.put(streams_, key, next, version);
    if (co_await changes.write(catalog_)) co_return next;
  }
}

asio::awaitable<void> Streams::remove(StreamPtr stream) {
  const Key key = key_of(*stream);
  co_await begin_change(key, stream);
  const Changing guard(*this, key, stream->number);
  for (Attempts attempts;; attempts.next()) {
    const auto [now, version] = streams_.read(key);
    if (!now || now->number != stream->number) throw stream_not_found(stream->name, stream->account);
    const auto deleted = std::make_shared<const Deleted>();
    RowChanges changes;
    changes.expect(streams_, key, version);
    changes.remove(streams_, key);
    changes.put(deleted_, std::to_string(stream->number), deleted, std::nullopt);
    if (co_await changes.write(catalog_)) co_return;
  }
}

Commitment Streams::commitment(const Caller& caller) const {
  const std::shared_lock lock(mutex_);
  const auto commitment = commitments_.find(caller.account + "/" + caller.region);
  return commitment ? *commitment : Commitment();
}

asio::awaitable<void> Streams::keep(const Caller& caller, Commitment commitment) {
  const std::string key = caller.account + "/" + caller.region;
  const auto next = std::make_shared<const Commitment>(commitment);
  for (Attempts attempts;; attempts.next()) {
    RowChanges changes;
    changes.put(commitments_, key, next, commitments_.version(key));
    if (co_await changes.write(catalog_)) co_return;
  }
}

std::vector<std::uint64_t> Streams::deleted() const {
  std::vector<std::uint64_t> out;
  const std::shared_lock lock(mutex_);
  deleted_.for_each("", [&](const std::string& number, const auto&) {
    out.push_back(std::stoull(number));
    return true;
  });
  return out;
}

asio::awaitable<void> Streams::dropped(std::uint64_t number) {
  RowChanges changes;
  changes.remove(deleted_, std::to_string(number));
  (void)co_await changes.write(catalog_, storage::Sync::lazy);
}

}  // namespace millrace::kinesis
