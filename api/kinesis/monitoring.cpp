#include "api/kinesis/monitoring.h"

#include <algorithm>

namespace millrace::kinesis {

namespace {

std::vector<std::string> changed(const std::vector<std::string>& before,
                                 const std::vector<std::string>& named, bool on) {
  const auto has = [](const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  };
  std::vector<std::string> out;
  for (const char* metric : kShardMetrics) {
    const bool is_named = has(named, metric) || has(named, "ALL");
    if (is_named ? on : has(before, metric)) out.push_back(metric);
  }
  return out;
}

}  // namespace

asio::awaitable<MonitoringOutput> set_monitoring(Kinesis& k, Caller caller, MonitoringInput in, bool on) {
  const StreamPtr stream = k.streams.get(caller, StreamReference{in.name, in.arn});
  MonitoringOutput out{stream->name, {}, {}, stream->arn()};
  co_await k.begin(stream, PendingChange(), [&](Stream& s) {
    out.current = s.shard_metrics;
    s.shard_metrics = out.desired = changed(s.shard_metrics, in.metrics, on);
  });
  k.shard_probes.forget(stream->number);
  co_return out;
}

}  // namespace millrace::kinesis
