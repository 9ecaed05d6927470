#include "api/kinesis/store.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/core/rows.h"
#include "api/kinesis/errors.h"
#include "api/kinesis/policy.h"
#include "api/kinesis/stream_row.h"

namespace millrace::kinesis {

namespace {

constexpr std::string_view kPrefix = "k/s/";
const std::string kDeletedPrefix = "k/d/", kAccountPrefix = "k/a/";
constexpr const char* kNextKey = "k/next";
constexpr const char* kSealKey = "k/seal";
// How long one waits for others' changes of a stream, and how often one looks.
constexpr std::chrono::seconds kChangePatience{10};
constexpr std::chrono::milliseconds kChangeLook{1};

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
  const Json j = Json::parse(row);
  const auto time = [&](const char* name) -> std::optional<Time> {
    if (!j.contains(name)) return std::nullopt;
    return Time(std::chrono::milliseconds(j[name].get<std::int64_t>()));
  };
  return {time("started_ms"), time("ended_ms")};
}

bool passing(const Stream& s) {
  return s.status != StreamStatus::active ||
         std::any_of(s.consumers.begin(), s.consumers.end(), [](const Consumer& c) { return c.gone_from; });
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
  Changing(Streams& streams, Key key) : streams_(streams), key_(std::move(key)) {}
  Changing(const Changing&) = delete;
  ~Changing() {
    const std::unique_lock lock(streams_.mutex_);
    streams_.changing_.erase(key_);
  }

 private:
  Streams& streams_;
  Key key_;
};

Streams::Streams(storage::Catalog& catalog, const Seal::Key& master_key)
    : catalog_(catalog), master_key_(master_key), seal_(Seal::Key{}) {
  for_each_row(catalog, kPrefix, [this](const storage::Row& row) {
    const auto stream = std::make_shared<Stream>(stream_of(row.value));
    for (DataKey& key : stream->data_keys)
      if (!unwrap(master_key_, stream->number, key)) throw WrongMasterKey(*stream);
    stream->index_shards();
    put(key_of(*stream), stream);
    next_number_ = std::max(next_number_, stream->number + 1);
  });
  if (const auto next = or_throw(catalog.get(kNextKey)))
    next_number_ = std::max<std::uint64_t>(next_number_, std::stoull(*next));
  for (const storage::Row& row : or_throw(catalog.scan(kAccountPrefix, "", 1'000'000)))
    commitments_[row.key.substr(kAccountPrefix.size())] = commitment_of(row.value);
  bool made = false;
  seal_ = Seal(load_or_make_key(catalog, made));
  seal_is_new_ = made;
}

StreamPtr Streams::get(const Caller& caller, const StreamReference& reference) const {
  std::string name = reference.name.value_or("");
  std::string account = caller.account;
  if (reference.arn) {
    const auto arn = parse_stream_arn(*reference.arn);
    if (!arn) throw stream_not_found(*reference.arn, caller.account);
    if (reference.name && *reference.name != arn->name) throw names_disagree(*reference.name, *reference.arn);
    if (arn->region != caller.region) throw stream_not_found(arn->name, arn->account);
    name = arn->name;
    account = arn->account;
  } else if (!reference.name) {
    throw no_stream_named();
  }
  StreamPtr stream = find(account, caller.region, name);
  if (!stream) throw stream_not_found(name, account);
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
  if (!arn || (reference.arn && arn->consumer.empty())) throw consumer_not_found(text);
  const std::string& name = reference.arn ? arn->consumer : *reference.name;
  if (reference.name && *reference.name != name) throw names_disagree(*reference.name, text);
  if (reference.stream_arn && !text.starts_with(*reference.stream_arn))
    throw names_disagree(*reference.stream_arn, text);
  OfConsumer out{find(arn->account, arn->region, arn->name), nullptr};
  if (!out.stream || arn->region != caller.region) throw stream_not_found(arn->name, arn->account);
  out.consumer = out.stream->find_consumer(name);
  const bool same = out.consumer && (!reference.arn || out.stream->arn_of(*out.consumer) == text);
  if (out.consumer) authorize(caller, *out.stream, out.consumer);
  if (!same && out.stream->account != caller.account) throw stream_not_found(arn->name, arn->account);
  if (!same) throw consumer_not_found(reference.arn ? text : name);
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
                                     const std::string& after) const {
  const std::string prefix = key_of(account, region, "");
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  for (auto it = streams_.upper_bound(prefix + after); it != streams_.end() && it->first.starts_with(prefix);
       ++it)
    out.push_back(it->second);
  return out;
}

std::vector<StreamPtr> Streams::all() const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  for (const auto& [key, stream] : streams_) out.push_back(stream);
  return out;
}

std::int64_t Streams::open_shards(const std::string& account, const std::string& region) const {
  std::int64_t n = 0;
  for (const StreamPtr& s : list(account, region, "")) n += s->open_shards();
  return n;
}

void Streams::put(const Key& key, const StreamPtr& stream) {
  streams_[key] = stream;
  by_number_[stream->number] = stream;
  if (passing(*stream))
    passing_.insert(stream->number);
  else
    passing_.erase(stream->number);
}

std::vector<StreamPtr> Streams::changing() const {
  std::vector<StreamPtr> out;
  const std::shared_lock lock(mutex_);
  for (const std::uint64_t number : passing_) out.push_back(by_number_.at(number));
  return out;
}

asio::awaitable<StreamPtr> Streams::changed(StreamPtr known) const {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + kChangePatience;
  for (;;) {
    StreamPtr stream = find(known->number);
    if (!stream) throw stream_not_found(known->name, known->account);
    if (stream != known) co_return stream;
    if (std::chrono::steady_clock::now() >= deadline) throw stream_changing(known->name, known->account);
    pause.expires_after(kChangeLook);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<StreamPtr> Streams::create(Stream stream) {
  const Key key = key_of(stream);
  {
    const std::unique_lock lock(mutex_);
    if (streams_.contains(key) || !changing_.insert(key).second)
      throw stream_exists(stream.name, stream.account);
    stream.number = next_number_++;
  }
  const Changing guard(*this, key);
  stream.index_shards();
  const auto kept = std::make_shared<const Stream>(std::move(stream));
  storage::CatalogBatch batch;
  batch.put(std::string(kPrefix) + key, row_of(*kept));
  batch.put(kNextKey, std::to_string(kept->number + 1));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  put(key, kept);
  co_return kept;
}

// Waits for its turn; changes are rare and short.
asio::awaitable<void> Streams::begin_change(Key key, StreamPtr stream) {
  asio::steady_timer pause(co_await asio::this_coro::executor);
  const auto deadline = std::chrono::steady_clock::now() + kChangePatience;
  for (;;) {
    {
      const std::unique_lock lock(mutex_);
      const auto it = streams_.find(key);
      if (it == streams_.end() || it->second->number != stream->number)
        throw stream_not_found(stream->name, stream->account);
      if (changing_.insert(key).second) co_return;
    }
    if (std::chrono::steady_clock::now() >= deadline) throw stream_changing(stream->name, stream->account);
    pause.expires_after(kChangeLook);
    co_await pause.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<StreamPtr> Streams::update(StreamPtr stream, std::function<void(Stream&)> change) {
  const Key key = key_of(*stream);
  co_await begin_change(key, stream);
  const Changing guard(*this, key);
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
  const Changing guard(*this, key);
  storage::CatalogBatch batch;
  batch.remove(std::string(kPrefix) + key);
  batch.put(kDeletedPrefix + std::to_string(stream->number), "");
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  streams_.erase(key);
  by_number_.erase(stream->number);
  passing_.erase(stream->number);
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
  std::vector<std::uint64_t> out;
  for (const storage::Row& row : or_throw(catalog_.scan(kDeletedPrefix, "", 1000)))
    out.push_back(std::stoull(row.key.substr(kDeletedPrefix.size())));
  return out;
}

asio::awaitable<void> Streams::dropped(std::uint64_t number) {
  storage::CatalogBatch batch;
  batch.remove(kDeletedPrefix + std::to_string(number));
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
}

asio::awaitable<void> Streams::keep_seal() {
  if (!seal_is_new_) co_return;
  storage::CatalogBatch batch;
  batch.put(kSealKey, std::string(seal_.key().begin(), seal_.key().end()));
  or_throw(co_await catalog_.write(std::move(batch)));
}

}  // namespace millrace::kinesis
