#include "api/kinesis/store.h"

#include "api/kinesis/errors.h"

namespace millrace::kinesis {

namespace {

constexpr std::string_view kPrefix = "k/s/";
const std::string kDeletedPrefix = "k/d/";
constexpr const char* kNextKey = "k/next";
constexpr const char* kSealKey = "k/seal";

std::string key_of(const std::string& account, const std::string& region, const std::string& name) {
  return account + "/" + region + "/" + name;
}
std::string key_of(const Stream& s) { return key_of(s.account, s.region, s.name); }

std::string row_of(const Stream& s) {
  Json shards = Json::array();
  for (const Shard& shard : s.shards) {
    Json j{{"number", shard.number},
           {"start", to_string(shard.start)},
           {"end", to_string(shard.end)},
           {"created_s", shard.created_s}};
    if (shard.parent) j["parent"] = *shard.parent;
    if (shard.adjacent_parent) j["adjacent_parent"] = *shard.adjacent_parent;
    if (shard.closed_s) j["closed_s"] = *shard.closed_s;
    shards.push_back(std::move(j));
  }
  return Json{{"version", 1},
              {"number", s.number},
              {"account", s.account},
              {"region", s.region},
              {"name", s.name},
              {"created_ms", s.created.time_since_epoch().count()},
              {"retention_hours", s.retention_hours},
              {"mode", s.mode},
              {"shards", shards}}
      .dump();
}

Stream stream_of(const std::string& row) {
  const Json j = Json::parse(row);
  if (j.at("version") != 1)
    throw std::runtime_error(
        "a stream's row has a version that this server does not know; it was written by a newer one");
  Stream s;
  s.number = j.at("number");
  s.account = j.at("account");
  s.region = j.at("region");
  s.name = j.at("name");
  s.created = Time(std::chrono::milliseconds(j.at("created_ms").get<std::int64_t>()));
  s.retention_hours = j.at("retention_hours");
  s.mode = j.at("mode");
  for (const Json& one : j.at("shards")) {
    Shard shard;
    shard.number = one.at("number");
    shard.start = parse_hash_key(one.at("start").get<std::string>()).value();
    shard.end = parse_hash_key(one.at("end").get<std::string>()).value();
    shard.created_s = one.at("created_s");
    if (one.contains("parent")) shard.parent = one["parent"].get<std::uint32_t>();
    if (one.contains("adjacent_parent")) shard.adjacent_parent = one["adjacent_parent"].get<std::uint32_t>();
    if (one.contains("closed_s")) shard.closed_s = one["closed_s"].get<std::uint64_t>();
    s.shards.push_back(shard);
  }
  return s;
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

// While one request changes a stream, others that want to are told that it is in use.
class Streams::Change {
 public:
  Change(Streams& streams, Key key) : streams_(streams), key_(std::move(key)) {}
  Change(const Change&) = delete;
  ~Change() {
    const std::unique_lock lock(streams_.mutex_);
    streams_.changing_.erase(key_);
  }

 private:
  Streams& streams_;
  Key key_;
};

Streams::Streams(storage::Catalog& catalog) : catalog_(catalog), seal_(Seal::Key{}) {
  std::string after;
  for (;;) {
    const std::vector<storage::Row> rows = or_throw(catalog.scan(kPrefix, after, 1000));
    for (const storage::Row& row : rows) {
      auto stream = std::make_shared<const Stream>(stream_of(row.value));
      streams_[key_of(*stream)] = stream;
      by_number_[stream->number] = stream;
      next_number_ = std::max(next_number_, stream->number + 1);
    }
    if (rows.size() < 1000) break;
    after = rows.back().key;
  }
  if (const auto next = or_throw(catalog.get(kNextKey)))
    next_number_ = std::max<std::uint64_t>(next_number_, std::stoull(*next));
  bool made = false;
  seal_ = Seal(load_or_make_key(catalog, made));
  seal_is_new_ = made;
}

StreamPtr Streams::get(const Caller& caller, const StreamReference& reference) const {
  std::string name = reference.name.value_or("");
  if (reference.arn) {
    const auto arn = parse_stream_arn(*reference.arn);
    if (!arn) throw stream_not_found(*reference.arn, caller.account);
    if (reference.name && *reference.name != arn->name) throw names_disagree(*reference.name, *reference.arn);
    if (arn->account != caller.account || arn->region != caller.region)
      throw stream_not_found(arn->name, arn->account);
    name = arn->name;
  } else if (!reference.name) {
    throw no_stream_named();
  }
  StreamPtr stream = find(caller.account, caller.region, name);
  if (!stream) throw stream_not_found(name, caller.account);
  return stream;
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

std::vector<StreamPtr> Streams::list(const Caller& caller, const std::string& after) const {
  const std::string prefix = key_of(caller.account, caller.region, "");
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

std::int64_t Streams::open_shards(const Caller& caller) const {
  std::int64_t n = 0;
  for (const StreamPtr& s : list(caller, "")) n += s->open_shards();
  return n;
}

asio::awaitable<StreamPtr> Streams::create(Stream stream) {
  const Key key = key_of(stream);
  {
    const std::unique_lock lock(mutex_);
    if (streams_.contains(key) || !changing_.insert(key).second)
      throw stream_exists(stream.name, stream.account);
    stream.number = next_number_++;
  }
  const Change change(*this, key);
  const auto kept = std::make_shared<const Stream>(std::move(stream));
  storage::CatalogBatch batch;
  batch.put(std::string(kPrefix) + key, row_of(*kept));
  batch.put(kNextKey, std::to_string(kept->number + 1));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  streams_[key] = kept;
  by_number_[kept->number] = kept;
  co_return kept;
}

asio::awaitable<void> Streams::update(StreamPtr stream, std::function<void(Stream&)> change) {
  const Key key = key_of(*stream);
  std::shared_ptr<Stream> next;
  {
    const std::unique_lock lock(mutex_);
    const auto it = streams_.find(key);
    if (it == streams_.end() || it->second->number != stream->number)
      throw stream_not_found(stream->name, stream->account);
    if (!changing_.insert(key).second) throw stream_changing(stream->name, stream->account);
    next = std::make_shared<Stream>(*it->second);
  }
  const Change guard(*this, key);
  change(*next);
  storage::CatalogBatch batch;
  batch.put(std::string(kPrefix) + key, row_of(*next));
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  streams_[key] = next;
  by_number_[next->number] = next;
}

asio::awaitable<void> Streams::remove(StreamPtr stream) {
  const Key key = key_of(*stream);
  {
    const std::unique_lock lock(mutex_);
    const auto it = streams_.find(key);
    if (it == streams_.end() || it->second->number != stream->number)
      throw stream_not_found(stream->name, stream->account);
    if (!changing_.insert(key).second) throw stream_changing(stream->name, stream->account);
  }
  const Change guard(*this, key);
  storage::CatalogBatch batch;
  batch.remove(std::string(kPrefix) + key);
  batch.put(kDeletedPrefix + std::to_string(stream->number), "");
  or_throw(co_await catalog_.write(std::move(batch)));
  const std::unique_lock lock(mutex_);
  streams_.erase(key);
  by_number_.erase(stream->number);
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
