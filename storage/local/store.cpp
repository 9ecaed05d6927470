#include "storage/local/store.h"

#include <boost/asio/thread_pool.hpp>

#include "storage/base/on_pool.h"
#include "storage/local/pending_writes.h"
#include "storage/local/reader.h"
#include "storage/local/reclaimer.h"
#include "storage/local/wait.h"

namespace millrace::storage {
namespace {

namespace asio = boost::asio;

const Error kClosed{Errc::io, "the store is closed"};

}  // namespace

// In the order of construction.
struct LocalStore::Parts final : ShardLog, Catalog {
  Parts(RocksOptions o, std::unique_ptr<Database> d)
      : options(std::move(o)),
        probes(options.probes ? *options.probes : own_probes),
        losses(options.losses ? *options.losses : own_losses),
        database(std::move(d)),
        shards(*database, losses),
        reader(*database, losses, probes),
        reclaimer(*database, shards, losses, options),
        committer(*database, shards, watchers, options, options.clock ? *options.clock : system_clock,
                  probes),
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
  // The first append to a shard creates it.
  asio::awaitable<Result<void>> open(std::uint64_t, std::string, std::vector<std::uint32_t>) override {
    if (closed) co_return kClosed;
    co_return Result<void>();
  }

  asio::awaitable<std::vector<Result<Appended>>> append(std::vector<ShardAppend> appends) override {
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
    co_return co_await on_pool(pool, work);
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
    co_return co_await on_pool(pool, work);
  }

  static Bounds bounds_of(Shard& shard) {
    const std::lock_guard lock(shard.mutex);
    return {shard.state.trim, shard.state.next};
  }

  asio::awaitable<Result<Bounds>> bounds(ShardId id) override {
    if (const auto shard = shards.known(id)) co_return bounds_of(*shard);
    if (closed) co_return kClosed;
    auto work = [this, id]() -> Result<Bounds> {
      const auto shard = shards.get(id);
      if (!shard) return shard.error();
      return bounds_of(**shard);
    };
    co_return co_await on_pool(pool, work);
  }

  [[nodiscard]] Bounds known_bounds(ShardId id) const override {
    const auto shard = shards.known(id);
    return shard ? bounds_of(*shard) : Bounds{};
  }

  asio::awaitable<Result<bool>> wait(ShardId id, Index from,
                                     std::chrono::steady_clock::time_point deadline) override {
    if (closed) co_return kClosed;
    std::shared_ptr<Shard> shard = shards.known(id);
    if (!shard) {
      auto work = [this, id] { return shards.get_or_create(id); };
      Result<std::shared_ptr<Shard>> loaded = co_await on_pool(pool, work);
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

  asio::awaitable<Result<void>> trim(std::vector<std::pair<ShardId, Index>> before) override {
    return change<Trim, Result<void>>(std::move(before), std::ref(static_cast<Reclaimable&>(reclaimer)));
  }

  asio::awaitable<Result<std::vector<Index>>> close(std::vector<ShardId> ids) override {
    return change<Close, Result<std::vector<Index>>>(std::move(ids));
  }

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

  // To the first row behind `after` in the order, among those with the bounds of the iterator.
  static void seek(rocksdb::Iterator& it, std::string_view first, std::string_view after, Order order) {
    const rocksdb::Slice start(after.data(), after.size());
    if (order == Order::ascending && after <= first)
      it.SeekToFirst();
    else if (order == Order::ascending)
      it.Seek(start);
    else if (after.empty())
      it.SeekToLast();
    else
      it.SeekForPrev(start);
  }

  Result<std::vector<Row>> scan(std::string_view prefix, std::string_view after, std::size_t limit,
                                Order order) const override {
    const Database::Access db = database->access();
    if (!db) return kClosed;
    const bool ascending = order == Order::ascending;
    const std::string end = behind(std::string(prefix));
    const rocksdb::Slice lower(prefix.data(), prefix.size()), upper(end);
    rocksdb::ReadOptions o;
    o.iterate_lower_bound = &lower;
    if (!end.empty()) o.iterate_upper_bound = &upper;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator(o, db.families().catalog));
    if (!ascending && !end.empty() && after >= end) after = {};
    seek(*it, prefix, after, order);
    const auto advance = [&] { ascending ? it->Next() : it->Prev(); };
    if (it->Valid() && !after.empty() && it->key().ToStringView() == after) advance();
    std::vector<Row> rows;
    for (; it->Valid() && rows.size() < limit; advance())
      rows.push_back({it->key().ToString(), it->value().ToString()});
    if (!it->status().ok()) return to_error(it->status());
    return rows;
  }

  asio::awaitable<Result<std::optional<std::string>>> fetch(std::string key) const override {
    if (closed) co_return kClosed;
    auto work = [this, k = std::move(key)] { return get(k); };
    co_return co_await on_pool(pool, std::move(work));
  }

  asio::awaitable<Result<std::vector<Row>>> fetch_rows(std::string prefix, std::string after,
                                                       std::size_t limit, Order order) const override {
    if (closed) co_return kClosed;
    auto work = [this, p = std::move(prefix), a = std::move(after), limit, order] {
      return scan(p, a, limit, order);
    };
    co_return co_await on_pool(pool, std::move(work));
  }

  asio::awaitable<Result<void>> write(CatalogBatch batch, Sync sync) override {
    return change<WriteRows, Result<void>>(std::move(batch), sync);
  }

  // No other process writes.
  asio::awaitable<Result<bool>> catch_up() override {
    if (closed) co_return kClosed;
    co_return false;
  }

  Watch watch(std::string prefix, std::function<void(const CatalogBatch::Change&)> f) override {
    return watchers.add(std::move(prefix), std::move(f));
  }

  void shut() {
    if (closed.exchange(true)) return;
    reclaimer.keep_losses();
    committer.stop();  // first: the reclaimer may wait for it
    reclaimer.stop();
    shards.stop();
    pool.join();
    database->close();
  }

  const RocksOptions options;
  const SystemClock system_clock;
  SoleDuties duties;
  Probes own_probes;
  Probes& probes;
  Losses own_losses;
  Losses& losses;
  const std::unique_ptr<Database> database;
  Shards shards;
  const Reader reader;
  Reclaimer reclaimer;
  RowWatchers watchers;
  Committer committer;
  mutable asio::thread_pool pool;
  std::atomic<bool> closed = false;
};

Result<std::unique_ptr<LocalStore>> LocalStore::open(RocksOptions options) {
  auto database = Database::open(options);
  if (!database) return database.error();
  auto parts = std::make_unique<Parts>(std::move(options), std::move(*database));
  return std::unique_ptr<LocalStore>(new LocalStore(std::move(parts)));
}

LocalStore::LocalStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LocalStore::~LocalStore() { close(); }

ShardLog& LocalStore::log() { return *parts_; }
Catalog& LocalStore::catalog() { return *parts_; }
Duties& LocalStore::duties() { return parts_->duties; }
void LocalStore::close() { parts_->shut(); }
bool LocalStore::read_only() const { return parts_->committer.read_only(); }
std::string LocalStore::read_only_cause() const { return parts_->committer.read_only_cause(); }
Result<Copied> LocalStore::backup(const std::filesystem::path& dir, const std::stop_token& stop) {
  return parts_->database->backup(dir, stop);
}
const std::vector<std::string>& LocalStore::trouble() const { return parts_->database->trouble(); }
const std::vector<std::string>& LocalStore::notes() const { return parts_->database->notes(); }
std::size_t LocalStore::shards_in_memory() const { return parts_->shards.size(); }

LocalStore::DiskUse LocalStore::disk_use() const { return parts_->database->disk_use(); }

}  // namespace millrace::storage
