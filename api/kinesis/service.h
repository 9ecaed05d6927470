// Kinesis Data Streams as a service.
#pragma once

#include <span>

#include "api/core/operation.h"
#include "api/kinesis/faults.h"
#include "api/kinesis/limits.h"
#include "api/kinesis/store.h"
#include "storage/probe.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

struct KinesisOptions {
  std::int64_t max_shards = 10000;  // open shards an account and region
  LimitsOptions limits{};
  std::vector<Fault> faults{};
  std::optional<std::uint64_t> fault_seed{};
};

// Counts what the operations do in one stream, under names that follow CloudWatch's. The series leave the
// registry with the last holder.
class StreamProbes {
 public:
  StreamProbes(Probes& registry, const Stream& stream);

 private:
  // Destroyed last, when the series below are let go of.
  struct Removal {
    Probes& registry;
    Labels labels;
    ~Removal() { registry.remove_unheld(labels); }
  };
  Removal removal_;

  [[nodiscard]] std::shared_ptr<Counter> counter(const char* name, const char* help) const;

 public:
  const std::shared_ptr<Counter> incoming_records, incoming_bytes, put_record_success, put_record_bytes,
      put_records_success, put_records_records, put_records_bytes, get_records_success, get_records_records,
      get_records_bytes, writes_throttled, reads_throttled;
  const std::shared_ptr<Gauge> get_records_age;  // seconds behind the tip, of the last GetRecords
};

// Owned by the application; the operations reach its parts.
class Kinesis final : public Service {
 public:
  Kinesis(storage::ShardLog& log, storage::Catalog& catalog, const Clock& clock, Probes& probes,
          KinesisOptions options);

  [[nodiscard]] std::string_view name() const override { return "kinesis"; }
  [[nodiscard]] asio::awaitable<HttpResponse> handle(Request& request) override;
  [[nodiscard]] HttpResponse error(const ApiError& e, const Request& request) const override;
  [[nodiscard]] ApiError internal_failure() const override;
  [[nodiscard]] std::uint64_t max_body() const override;
  [[nodiscard]] ApiError too_large() const override;
  [[nodiscard]] std::uint64_t answer_memory(const HttpRequest& head) const override;

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
  // After a read: what it brought counts against the next ones.
  void was_read(const Stream& stream, const Shard& shard, std::uint64_t bytes);

  // Trims what is older than its stream keeps, and finishes deletions that a crash cut short.
  // Throws the first StorageFailure after having tried every stream.
  [[nodiscard]] asio::awaitable<void> enforce_retention();

  // The counters of a stream, made at its first use.
  [[nodiscard]] std::shared_ptr<StreamProbes> probes_of(const Stream& stream);
  // A deleted stream's go as soon as nobody counts in them any more.
  void forget_probes(const Stream& stream);

  storage::ShardLog& log;
  const Clock& clock;
  const KinesisOptions options;
  Streams streams;
  Limits limits;
  Faults faults;

 private:
  asio::awaitable<void> enforce_retention(StreamPtr stream);

  Probes& probes_;
  std::shared_mutex mutex_;
  // Guarded by mutex_; shared with requests that are under way when their stream is deleted.
  std::unordered_map<std::uint64_t, std::shared_ptr<StreamProbes>> stream_probes_;
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();

}  // namespace millrace::kinesis
