#include "api/kinesis/on_demand.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cmath>

#include "api/kinesis/service.h"

namespace millrace::kinesis {

std::vector<Peak> with_traffic(std::vector<Peak> peaks, double bytes_per_s, double records_per_s, Time now) {
  const std::int64_t today = std::chrono::floor<std::chrono::days>(now).time_since_epoch().count();
  std::erase_if(peaks, [&](const Peak& p) { return p.day + kPeakDays < today; });
  if (peaks.empty() || peaks.back().day != today) peaks.push_back({today, 0, 0});
  Peak& peak = peaks.back();
  peak.bytes_per_s = std::max(peak.bytes_per_s, bytes_per_s);
  peak.records_per_s = std::max(peak.records_per_s, records_per_s);
  return peaks;
}

std::uint32_t shards_for(const std::vector<Peak>& peaks, std::optional<int> warm_mibps) {
  double shards = std::max(1, warm_mibps.value_or(0));
  for (const Peak& p : peaks)
    shards = std::max({shards, std::ceil(2 * p.bytes_per_s / kShardBytesPerSecond),
                       std::ceil(2 * p.records_per_s / kShardRecordsPerSecond)});
  return static_cast<std::uint32_t>(std::min<double>(shards, kMaxShardCount));
}

bool TrafficMeter::window_passed(Time now) {
  const std::lock_guard lock(mutex_);
  if (!began_) began_ = now;
  if (now - *began_ < kTrafficWindow) return false;
  began_ = now;
  return true;
}

void TrafficMeter::forget(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  seen_.erase(stream);
}

TrafficMeter::Counts TrafficMeter::grown(std::uint64_t stream, Counts now) {
  const std::lock_guard lock(mutex_);
  Counts& seen = seen_[stream];
  const Counts since{now.bytes - seen.bytes, now.records - seen.records};
  seen = now;
  return since;
}

asio::awaitable<void> Kinesis::scale_on_demand() {
  if (!traffic_.window_passed(clock.now())) co_return;
  for (auto page = streams.page(nullptr, kStreamsATurn); !page.empty();
       page = streams.page(page.back(), kStreamsATurn)) {
    for (const StreamPtr& stream : page)
      if (stream->on_demand() && stream->status == StreamStatus::active) co_await scale_on_demand(stream);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
}

asio::awaitable<void> Kinesis::scale_on_demand(StreamPtr stream) {
  // Whoever was never written to has no counters, and gets none here.
  const std::shared_ptr<StreamProbes> probes = known_probes(stream->number);
  if (!probes && stream->peaks.empty()) co_return;
  TrafficMeter::Counts grown;
  if (probes)
    grown =
        traffic_.grown(stream->number, {probes->incoming_bytes->value(), probes->incoming_records->value()});
  const double seconds = kTrafficWindow.count();
  const Time now = clock.now();
  std::vector<Peak> peaks = with_traffic(stream->peaks, static_cast<double>(grown.bytes) / seconds,
                                         static_cast<double>(grown.records) / seconds, now);
  const std::uint32_t wanted = shards_for(peaks, stream->warm_mibps);
  const auto have = static_cast<std::uint32_t>(stream->open_shards());
  const std::int64_t room = options.max_shards - streams.totals(stream->account, stream->region).open_shards;
  PendingChange change;
  if (wanted > have && room > 0) {
    change.kind = PendingChange::Kind::grow;
    change.count = std::min(wanted, have + static_cast<std::uint32_t>(room));
    co_await begin(stream, change, [&](Stream& s) { s.peaks = peaks; });
  } else if (shards_for(stream->peaks, stream->warm_mibps) != wanted) {
    co_await streams.update(stream, [&](Stream& s) { s.peaks = peaks; });
  }
}

}  // namespace millrace::kinesis
