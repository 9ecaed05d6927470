// Kinesis Data Streams as a service.
#pragma once

#include <atomic>
#include <span>

#include "api/core/operation.h"
#include "api/kinesis/faults.h"
#include "api/kinesis/limits.h"
#include "api/kinesis/on_demand.h"
#include "api/kinesis/shard_probes.h"
#include "api/kinesis/store.h"
#include "api/kinesis/subscriptions.h"
#include "storage/losses.h"
#include "storage/probe.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

struct KinesisOptions {
  std::int64_t max_shards = 10000;  // open shards an account and region
  // How long streams and consumers stay CREATING, UPDATING and DELETING. Without a delay the answer comes
  // when all is done.
  std::chrono::milliseconds create_delay{0}, update_delay{0}, delete_delay{0};
  LimitsOptions limits{};
  std::vector<Fault> faults{};
  std::optional<std::uint64_t> fault_seed{};
  // Where records that cannot be decrypted are noted; none: seen by nobody.
  storage::Losses* losses = nullptr;
  // Of encrypted streams' data keys; a random one opens nothing after a restart.
  Seal::Key master_key = Seal::random_key();
};

// Counts what the operations do in one stream, under names that follow CloudWatch's. The series leave the
// registry with the last holder.
class StreamProbes {
 public:
  StreamProbes(Probes& registry, const Stream& stream);

 private:
  const HeldSeries series_;

  [[nodiscard]] std::shared_ptr<Counter> counter(const char* name, const char* help) const;

 public:
  const std::shared_ptr<Counter> incoming_records, incoming_bytes, put_record_success, put_record_bytes,
      put_records_success, put_records_records, put_records_bytes, get_records_success, get_records_records,
      get_records_bytes, subscribe_events, subscribe_records, subscribe_bytes, writes_throttled,
      reads_throttled, records_lost;
  const std::shared_ptr<Gauge> get_records_age;  // seconds behind the tip, of the last GetRecords
};

// Owned by the application; the operations reach its parts.
class Kinesis final : public Service {
 public:
  Kinesis(storage::ShardLog& log, storage::Catalog& catalog, const Clock& clock, Probes& probes,
          KinesisOptions options);

  [[nodiscard]] const ServiceModel& model() const override;
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override;
  [[nodiscard]] ApiError too_large() const override;

  // The resource policy of the stream or consumer with the ARN, without a copy and from memory; nullptr: it
  // has none, or does not exist.
  [[nodiscard]] std::shared_ptr<const std::string> policy_document(std::string_view arn) const;

  // What may come between a request and its operation: a fault that a test ordered, the rates of `--limits`.
  // See api/core/operation.h. Here and in the four below, one branch when nothing is limited and no fault in
  // force.
  [[nodiscard]] bool admits() const { return limits.on() || faults.any(); }
  [[nodiscard]] asio::awaitable<void> admit(const Operation& op, const Caller& caller,
                                            const TextMembers& members);
  // Before a record is put, a shard is read, and an iterator is made; throw shard_rate_exceeded.
  void admit_put(const Stream& stream, const Shard& shard, std::size_t bytes);
  void admit_read(const Stream& stream, const Shard& shard);
  void admit_iterator(const Stream& stream, const Shard& shard);
  // What a dry run of `stream` ends with when all was checked: throws dry_run_succeeded, or
  // dry_run_rate_exceeded.
  [[noreturn]] void end_dry_run(const Stream& stream);
  // After a read: what it brought counts against the next ones.
  void was_read(const Stream& stream, const Shard& shard, std::uint64_t bytes);

  // Trims what is older than its stream keeps, all in one commit, and finishes deletions that a crash cut
  // short.
  // Throws the first StorageFailure after having tried every stream.
  [[nodiscard]] asio::awaitable<void> enforce_retention();

  // ---- Passing states (changes.cpp) ----

  // Begins a change of an ACTIVE stream: what `set` does holds at once, `change` when the stream is ACTIVE
  // again. Throws stream_not_active, stream_not_found, and what `set` throws.
  [[nodiscard]] asio::awaitable<void> begin(StreamPtr stream, PendingChange change,
                                            std::function<void(Stream&)> set = nullptr);
  // Keeps a new stream; throws stream_exists.
  [[nodiscard]] asio::awaitable<void> begin_creation(Stream stream);
  // Deletes a stream and its records; throws stream_not_found.
  [[nodiscard]] asio::awaitable<void> begin_deletion(StreamPtr stream);
  // Ends the passing states whose time has come, those that a crash cut short too. Throws the first
  // StorageFailure after having tried all.
  [[nodiscard]] asio::awaitable<void> finish_due_changes();

  // Throws too_many_shards when an account cannot have `more` open shards in a region.
  void check_shard_quota(const std::string& account, const std::string& region, std::int64_t more) const;

  // Gives on-demand streams the shards that their traffic asks for; once a minute (on_demand.cpp).
  [[nodiscard]] asio::awaitable<void> scale_on_demand();

  // The first of `n` numbers that no other request gets: whose turn it is where records are distributed.
  [[nodiscard]] std::size_t take_turns(std::size_t n) {
    return turns_.fetch_add(n, std::memory_order_relaxed);
  }

  // The counters of a stream, made at its first use.
  [[nodiscard]] std::shared_ptr<StreamProbes> probes_of(const Stream& stream);
  // nullptr: nothing was counted yet.
  [[nodiscard]] std::shared_ptr<StreamProbes> known_probes(std::uint64_t stream);
  // A deleted stream's go as soon as nobody counts in them any more.
  void forget_probes(const Stream& stream);

  storage::ShardLog& log;
  const Clock& clock;
  const KinesisOptions options;
  Streams streams;
  Subscriptions subscriptions;
  Limits limits;
  Faults faults;
  ShardProbes shard_probes;

 private:
  storage::Losses own_losses_;

 public:
  storage::Losses& losses;

 private:
  // Puts what is to be trimmed into `trims`, and the stream into `expired` if parts of it are past.
  struct Expiry;
  asio::awaitable<void> look_for_expired(StreamPtr stream, Expiry& found);
  asio::awaitable<void> trim(Expiry& found);
  asio::awaitable<void> forget_expired(StreamPtr stream);
  asio::awaitable<void> finish(StreamPtr stream);
  // Has the log make the stream's shards ready, before a row shows them.
  asio::awaitable<storage::Result<void>> open_shards(const Stream& stream, std::span<const Shard> shards);
  asio::awaitable<void> finish_deletion(StreamPtr stream);
  asio::awaitable<void> scale_on_demand(StreamPtr stream);

  Probes& probes_;
  std::atomic<std::size_t> turns_{0};
  TrafficMeter traffic_;
  std::shared_mutex mutex_;
  // Guarded by mutex_; shared with requests that are under way when their stream is deleted.
  std::unordered_map<std::uint64_t, std::shared_ptr<StreamProbes>> stream_probes_;
  std::unordered_map<std::uint64_t, Time> empty_since_;  // streams that had no record then
};

// How many streams a pass over all of them looks at before it gives others a turn.
inline constexpr std::size_t kStreamsATurn = 256;

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();
[[nodiscard]] const ServiceModel& service_model();

}  // namespace millrace::kinesis
