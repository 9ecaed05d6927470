#include "api/kinesis/shard_probes.h"

#include <algorithm>

namespace millrace::kinesis {

struct ShardProbes::Series {
  Series(Probes& registry, const Stream& stream, const Shard& shard)
      : held(registry, {{"account", stream.account},
                        {"region", stream.region},
                        {"shard", shard.id()},
                        {"stream", stream.name}}) {
    const auto is_on = [&](const char* metric) {
      const auto& all = stream.shard_metrics;
      return std::find(all.begin(), all.end(), metric) != all.end();
    };
    const auto counter = [&](const char* metric, const char* name, const char* help) {
      if (!is_on(metric)) return std::shared_ptr<Counter>();
      return held.counter(std::string("millrace_kinesis_shard_") + name,
                          std::string(help) + " (CloudWatch: " + metric + " of a shard)");
    };
    incoming_bytes = counter("IncomingBytes", "incoming_bytes_total", "Bytes of data written to the shard");
    incoming_records = counter("IncomingRecords", "incoming_records_total", "Records written to the shard");
    outgoing_bytes =
        counter("OutgoingBytes", "outgoing_bytes_total", "Bytes read from the shard or pushed to consumers");
    outgoing_records = counter("OutgoingRecords", "outgoing_records_total",
                               "Records read from the shard or pushed to consumers");
    writes_throttled = counter("WriteProvisionedThroughputExceeded", "writes_throttled_total",
                               "Records rejected because the shard's write rate was exceeded");
    reads_throttled = counter("ReadProvisionedThroughputExceeded", "reads_throttled_total",
                              "GetRecords requests rejected because the shard's read rate was exceeded");
    if (is_on("IteratorAgeMilliseconds"))
      age = held.gauge("millrace_kinesis_shard_iterator_age_seconds",
                       "Age of the oldest record not yet read at the last GetRecords (CloudWatch: "
                       "IteratorAgeMilliseconds of a shard)");
  }

  const HeldSeries held;
  // Null where they are not on.
  std::shared_ptr<Counter> incoming_bytes, incoming_records, outgoing_bytes, outgoing_records,
      writes_throttled, reads_throttled;
  std::shared_ptr<Gauge> age;
};

namespace {

void add(const std::shared_ptr<Counter>& counter, std::uint64_t n = 1) {
  if (counter) counter->add(n);
}

}  // namespace

ShardProbes::ShardProbes(Probes& registry, const Streams& streams) : registry_(registry), streams_(streams) {}
ShardProbes::~ShardProbes() = default;

// The caller's stream may be of before a change: what is made is made from the present one, under the lock
// that `forget` takes after the change.
template <class F>
void ShardProbes::with(const Stream& stream, const Shard& shard, F&& f) {
  if (stream.shard_metrics.empty()) return;
  const std::lock_guard lock(mutex_);
  auto at = series_.find(stream.log_id(shard));
  if (at == series_.end()) {
    const StreamPtr present = streams_.find(stream.number);
    if (!present || present->shard_metrics.empty() || !present->find_shard(shard.number)) return;
    at = series_.emplace(stream.log_id(shard), std::make_unique<Series>(registry_, *present, shard)).first;
  }
  f(*at->second);
}

void ShardProbes::incoming(const Stream& stream, const Shard& shard, std::uint64_t records,
                           std::uint64_t bytes) {
  with(stream, shard, [&](Series& s) {
    add(s.incoming_records, records);
    add(s.incoming_bytes, bytes);
  });
}

void ShardProbes::outgoing(const Stream& stream, const Shard& shard, std::uint64_t records,
                           std::uint64_t bytes) {
  with(stream, shard, [&](Series& s) {
    add(s.outgoing_records, records);
    add(s.outgoing_bytes, bytes);
  });
}

void ShardProbes::behind(const Stream& stream, const Shard& shard, std::int64_t ms) {
  with(stream, shard, [&](Series& s) {
    if (s.age) s.age->set(static_cast<double>(ms) / 1000);
  });
}

void ShardProbes::write_throttled(const Stream& stream, const Shard& shard) {
  with(stream, shard, [](Series& s) { add(s.writes_throttled); });
}

void ShardProbes::read_throttled(const Stream& stream, const Shard& shard) {
  with(stream, shard, [](Series& s) { add(s.reads_throttled); });
}

void ShardProbes::forget(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  std::erase_if(series_, [&](const auto& one) { return one.first.stream == stream; });
}

}  // namespace millrace::kinesis
