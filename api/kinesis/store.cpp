#include "api/kinesis/store.h"

#include <algorithm>

#include "api/core/rows.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/policy.h"
#include "api/kinesis/stream_row.h"

namespace millrace::kinesis {

namespace {

constexpr std::string_view kPrefix = "k/s/";
const std::string kDeletedPrefix = "k/d/", kAccountPrefix = "k/a/";
constexpr const char* kSealKey = "k/seal";

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

Seal::Key load_or_make_key(storage::Catalog& catalog, bool& made) {
  const auto row = or_throw(catalog.get(kSealKey));
  made = !row;
  if (!row) return Seal::random_key();
  Seal::Key key{};
  std::copy_n(row->begin(), std::min(row->size(), key.size()), key.begin());
  return key;
}

}  // namespace

// While one request changes a stream, others that want to wait.
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
    : catalog_(catalog), master_key_(master_key), seal_(Seal::Key{}) {
  load_rows(catalog, kPrefix, unreadable_, stream_of, [this](const storage::Row&, Stream decoded) {
    const auto stream = std::make_shared<Stream>(std::move(decoded));
    for (DataKey& key : stream->data_keys)
      if (!unwrap(master_key_, stream->number, key)) throw WrongMasterKey(*stream);
    stream->index_shards();
    put(key_of(*stream), stream);
    next_number_ = std::max(next_number_, stream->number + 1);
  });
  // Their names are taken: what they hold is still there.
  for (const UnreadableRow& row : unreadable_) changing_.insert(row.key.substr(kPrefix.size()));
  if (const auto next = or_throw(catalog.get(kNextKey)))
    next_number_ = std::max<std::uint64_t>(next_number_, std::stoull(*next));
  reserved_ = next_number_;
  for_each_row(catalog, kDeletedPrefix, [this](const storage::Row& row) {
    deleted_.insert(std::stoull(row.key.substr(kDeletedPrefix.size())));
  });
  load_rows(catalog, kAccountPrefix, unreadable_, commitment_of,
            [this](const storage::Row& row, Commitment commitment) {
              commitments_[row.key.substr(kAccountPrefix.size())] = commitment;
            });
  bool made = false;
  seal_ = Seal(load_or_make_key(catalog, made));
  seal_is_new_ = made;
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
  const auto it = streams_.find(key_of(account, region, name));
  return it == streams_.end() ? nullptr : it->second;
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
  for (auto it = streams_.upper_bound(prefix + after);
       it != streams_.end() && it->first.starts_with(prefix) && out.size() < limit; ++it)
    out.push_back(it->second);
  return out;
}

std::vector<StreamPtr> Streams::all() const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [key, stream] : streams_) out.push_back(stream);
  return out;
}

std::vector<StreamPtr> Streams::page(const StreamPtr& after, std::size_t limit) const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = after ? streams_.upper_bound(key_of(*after)) : streams_.begin();
       it != streams_.end() && out.size() < limit; ++it)
    out.push_back(it->second);
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

void Streams::put(const Key& key, const StreamPtr& stream) {
  StreamPtr& place = streams_[key];
  if (place) count(*place, -1);
  place = stream;
  by_number_[stream->number] = stream;
  count(*stream, +1);
  wake(stream->number);
}

void Streams::erase(const Key& key, const Stream& stream) {
  const auto it = streams_.find(key);
  if (it != streams_.end()) count(*it->second, -1);
  streams_.erase(key);
  by_number_.erase(stream.number);
  wake(stream.number);
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
  {
    const std::unique_lock lock(mutex_);
    if (streams_.contains(key) || !changing_.insert(key).second)
      throw stream_exists(stream.name, stream.account);
  }
  const Changing guard(*this, key, kNumbers);
  stream.number = co_await take_number();
  stream.index_shards();
  const auto kept = std::make_shared<const Stream>(std::move(stream));
  if (prepare) or_throw(co_await prepare(*kept));
  storage::CatalogBatch batch;
  batch.put(std::string(kPrefix) + key, row_of(*kept));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, kept);
  co_return kept;
}

asio::awaitable<StreamPtr> Streams::update(StreamPtr stream, std::function<void(Stream&)> change) {
  const Key key = key_of(*stream);
  co_await begin_change(key, stream);
  const Changing guard(*this, key, stream->number);
  const auto next = std::make_shared<Stream>(*find(stream->number));
  change(*next);
  next->index_shards();
  storage::CatalogBatch batch;
  batch.put(std::string(kPrefix) + key, row_of(*next));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, next);
  co_return next;
}

asio::awaitable<void> Streams::remove(StreamPtr stream) {
  const Key key = key_of(*stream);
  co_await begin_change(key, stream);
  const Changing guard(*this, key, stream->number);
  storage::CatalogBatch batch;
  batch.remove(std::string(kPrefix) + key);
  batch.put(kDeletedPrefix + std::to_string(stream->number), "");
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  erase(key, *stream);
  deleted_.insert(stream->number);
}

Commitment Streams::commitment(const Caller& caller) const {
  const std::shared_lock lock(mutex_);
  const auto it = commitments_.find(caller.account + "/" + caller.region);
  return it == commitments_.end() ? Commitment() : it->second;
}

asio::awaitable<void> Streams::keep(const Caller& caller, Commitment commitment) {
  const std::string key = caller.account + "/" + caller.region;
  storage::CatalogBatch batch;
  batch.put(kAccountPrefix + key, row_of(commitment));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  commitments_[key] = commitment;
}

std::vector<std::uint64_t> Streams::deleted() const {
  const std::shared_lock lock(mutex_);
  return {deleted_.begin(), deleted_.end()};
}

asio::awaitable<void> Streams::dropped(std::uint64_t number) {
  storage::CatalogBatch batch;
  batch.remove(kDeletedPrefix + std::to_string(number));
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  const std::unique_lock lock(mutex_);
  deleted_.erase(number);
}

asio::awaitable<void> Streams::keep_seal() {
  if (!seal_is_new_) co_return;
  storage::CatalogBatch batch;
  batch.put(kSealKey, std::string(seal_.key().begin(), seal_.key().end()));
  or_throw(co_await catalog_.write(std::move(batch)));
}

}  // namespace millrace::kinesis
