#include "storage/rocksdb/store.h"

#include <boost/asio/thread_pool.hpp>

#include "storage/rocksdb/changes.h"
#include "storage/rocksdb/reader.h"
#include "storage/rocksdb/reclaimer.h"
#include "storage/rocksdb/wait.h"

namespace millrace::storage {
namespace {

namespace asio = boost::asio;

const Error kClosed{Errc::io, "the store is closed"};

// Runs blocking work on the pool and resumes the caller with what it returns.
template <class T, class Work>
asio::awaitable<T> on_pool(asio::thread_pool& pool, Work work) {
  return completion_of<T>([&pool, w = std::move(work)](Completion<T> done) mutable {
    asio::post(pool, [w = std::move(w), d = std::move(done)]() mutable { d(w()); });
  });
}

}  // namespace

// In the order of construction.
struct RocksStore::Parts final : ShardLog, Catalog {
  Parts(RocksOptions o, std::unique_ptr<Database> d)
      : options(std::move(o)),
        probes(options.probes ? *options.probes : own_probes),
        database(std::move(d)),
        shards(*database),
        reader(*database, probes),
        reclaimer(*database, shards, options),
        committer(*database, shards, options, options.clock ? *options.clock : system_clock, probes),
        pool(std::max(1u, options.read_threads)) {
    reclaimer.start(committer);
  }

  template <class C, class T, class... Args>
  asio::awaitable<T> change(Args... args) {
    return completion_of<T>([this, a = std::tuple<Args...>(std::move(args)...)](Completion<T> done) mutable {
      std::apply(
          [&](auto&... each) { committer.submit(std::make_unique<C>(std::move(each)..., std::move(done))); },
          a);
    });
  }

  // ShardLog
  asio::awaitable<Result<std::vector<Appended>>> append(std::vector<ShardAppend> appends) override {
    return change<Append, Append::Answer>(std::move(appends));
  }

  asio::awaitable<Result<Records>> read(ShardId id, Index from, ReadLimit limit) override {
    if (const auto shard = shards.known(id)) {
      if (auto records = reader.read_cached(*shard, from, limit)) co_return std::move(*records);
    }
    if (closed) co_return kClosed;
    auto work = [this, id, from, limit]() -> Result<Records> {
      const auto shard = shards.get(id);
      if (!shard) return shard.error();
      return reader.read(**shard, from, limit);
    };
    co_return co_await on_pool<Result<Records>>(pool, work);
  }

  asio::awaitable<Result<Index>> find(ShardId id, Time time) override {
    if (const auto shard = shards.known(id)) {
      if (const auto index = reader.find_cached(*shard, time)) co_return *index;
    }
    if (closed) co_return kClosed;
    auto work = [this, id, time]() -> Result<Index> {
      const auto shard = shards.get(id);
      if (!shard) return shard.error();
      return reader.find(**shard, time);
    };
    co_return co_await on_pool<Result<Index>>(pool, work);
  }

  Result<Bounds> bounds(ShardId id) override {
    const auto shard = shards.get(id);
    if (!shard) return shard.error();
    const std::lock_guard lock((*shard)->mutex);
    return Bounds{(*shard)->state.trim, (*shard)->state.next};
  }

  asio::awaitable<Result<bool>> wait(ShardId id, Index from,
                                     std::chrono::steady_clock::time_point deadline) override {
    if (closed) co_return kClosed;
    std::shared_ptr<Shard> shard = shards.known(id);
    if (!shard) {
      auto work = [this, id] { return shards.get_or_create(id); };
      Result<std::shared_ptr<Shard>> loaded = co_await on_pool<Result<std::shared_ptr<Shard>>>(pool, work);
      if (!loaded) co_return loaded.error();
      shard = std::move(*loaded);
    }
    {
      const std::lock_guard lock(shard->mutex);
      if (from < shard->state.next) co_return true;
      if (shard->state.closed) co_return false;
    }
    co_return co_await wait_for(std::move(shard), from, deadline);
  }

  asio::awaitable<Result<void>> trim(ShardId shard, Index before) override {
    return change<Trim, Result<void>>(shard, before, std::ref(static_cast<Reclaimable&>(reclaimer)));
  }

  asio::awaitable<Result<Index>> close(ShardId shard) override { return change<Close, Result<Index>>(shard); }

  asio::awaitable<Result<void>> drop(std::uint64_t stream) override {
    return change<Drop, Result<void>>(stream, std::ref(static_cast<Reclaimable&>(reclaimer)));
  }

  // Catalog
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const Database::Access db = database->access();
    if (!db) return kClosed;
    std::string value;
    const rocksdb::Status s = db->Get({}, db.families().catalog, {key.data(), key.size()}, &value);
    if (s.IsNotFound()) return std::optional<std::string>();
    if (!s.ok()) return to_error(s);
    return std::optional(std::move(value));
  }

  Result<std::vector<Row>> scan(std::string_view prefix, std::string_view after,
                                std::size_t limit) const override {
    const Database::Access db = database->access();
    if (!db) return kClosed;
    const std::string end = behind(std::string(prefix));
    const rocksdb::Slice end_slice(end);
    rocksdb::ReadOptions o;
    if (!end.empty()) o.iterate_upper_bound = &end_slice;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(o, db.families().catalog));
    const std::string_view start = std::max(prefix, after);
    it->Seek({start.data(), start.size()});
    if (it->Valid() && !after.empty() && it->key().ToStringView() == after) it->Next();
    std::vector<Row> rows;
    for (; it->Valid() && rows.size() < limit; it->Next()) {
      rows.push_back({it->key().ToString(), it->value().ToString()});
    }
    if (!it->status().ok()) return to_error(it->status());
    return rows;
  }

  asio::awaitable<Result<void>> write(CatalogBatch batch, Sync sync) override {
    return change<WriteRows, Result<void>>(std::move(batch), sync);
  }

  void shut() {
    if (closed.exchange(true)) return;
    committer.stop();  // first: the reclaimer may wait for it
    reclaimer.stop();
    shards.stop();
    pool.join();
    database->close();
  }

  const RocksOptions options;
  const SystemClock system_clock;
  Probes own_probes;
  Probes& probes;
  const std::unique_ptr<Database> database;
  Shards shards;
  const Reader reader;
  Reclaimer reclaimer;
  Committer committer;
  asio::thread_pool pool;
  std::atomic<bool> closed = false;
};

Result<std::unique_ptr<RocksStore>> RocksStore::open(RocksOptions options) {
  auto database = Database::open(options);
  if (!database) return database.error();
  auto parts = std::make_unique<Parts>(std::move(options), std::move(*database));
  return std::unique_ptr<RocksStore>(new RocksStore(std::move(parts)));
}

RocksStore::RocksStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RocksStore::~RocksStore() { close(); }

ShardLog& RocksStore::log() { return *parts_; }
Catalog& RocksStore::catalog() { return *parts_; }
void RocksStore::close() { parts_->shut(); }
bool RocksStore::read_only() const { return parts_->committer.read_only(); }
std::string RocksStore::read_only_cause() const { return parts_->committer.read_only_cause(); }
Result<Copied> RocksStore::backup(const std::filesystem::path& dir) { return parts_->database->backup(dir); }
const std::vector<std::string>& RocksStore::trouble() const { return parts_->database->trouble(); }
RocksStore::DiskUse RocksStore::disk_use() const { return parts_->database->disk_use(); }

}  // namespace millrace::storage
