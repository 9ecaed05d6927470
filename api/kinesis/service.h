// Kinesis Data Streams as a service.
#pragma once

#include <span>

#include "api/core/operation.h"
#include "api/kinesis/store.h"
#include "storage/probe.h"
#include "storage/shard_log.h"

namespace millrace::kinesis {

struct KinesisOptions {
  std::int64_t max_shards = 10000;  // open shards an account and region
};

// Counts what the operations do, under names that follow CloudWatch's for streams.
struct StreamProbes {
  Counter &incoming_records, &incoming_bytes, &put_record_success, &put_records_success, &put_records_records,
      &get_records_success, &get_records_records, &get_records_bytes;
  Gauge& get_records_age;  // seconds behind the tip, of the last GetRecords
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

  // Trims what is older than its stream keeps, and finishes deletions that a crash cut short.
  [[nodiscard]] asio::awaitable<void> enforce_retention();

  // The counters of a stream, made at its first use.
  [[nodiscard]] StreamProbes& probes_of(const Stream& stream);

  storage::ShardLog& log;
  const Clock& clock;
  const KinesisOptions options;
  Streams streams;

 private:
  Probes& probes_;
  std::shared_mutex mutex_;
  std::unordered_map<std::uint64_t, std::unique_ptr<StreamProbes>> stream_probes_;  // guarded by mutex_
};

// Every operation that is answered.
[[nodiscard]] std::span<const Operation* const> operations();

}  // namespace millrace::kinesis
