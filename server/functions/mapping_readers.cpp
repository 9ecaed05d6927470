#include "server/functions/mapping_readers.h"

#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// How often a mapping looks for new shards, and for a stream that was not there.
constexpr std::chrono::seconds kLook{1};

}  // namespace

MappingReaders::MappingReaders(asio::io_context& context, MappingShared& shared, lambda::MappingPtr mapping)
    : context_(context),
      shared_(shared),
      mapping_(std::move(mapping)),
      wake_(context, steady_clock::time_point::max()),
      series_(shared.probes, {{"account", mapping_->account},
                              {"function", mapping_->function},
                              {"mapping", mapping_->uuid},
                              {"region", mapping_->region},
                              {"stream", mapping_->stream}}),
      iterator_age_(series_.gauge("millrace_lambda_iterator_age_seconds",
                                  "Age of the oldest record that a function was given and has not processed "
                                  "(CloudWatch: IteratorAge)")) {}

void MappingReaders::wake() { wake_.expires_at(steady_clock::time_point::min()); }

void MappingReaders::changed() {
  asio::post(context_, [self = shared_from_this()] { self->wake(); });
}

void MappingReaders::stop() {
  asio::post(context_, [self = shared_from_this()] {
    self->stopping_ = true;
    self->wake();
  });
}

void MappingReaders::look_at_mapping() {
  lambda::MappingPtr now = shared_.mappings.find(mapping_->uuid);
  if (!now || now == mapping_) return;
  mapping_ = std::move(now);
  for (const auto& [number, reader] : readers_) reader->change(mapping_);
}

MappingReaders::Aim MappingReaders::aim() const {
  if (stopping_) return Aim::end;
  if (mapping_->deleting) return Aim::remove;
  return mapping_->enabled ? Aim::read : Aim::rest;
}

asio::awaitable<void> MappingReaders::run() {
  for (;;) {
    look_at_mapping();
    const Aim what = aim();
    if (what == Aim::read) {
      start_readers();
      shared_.mappings.set_state(mapping_->uuid, "Enabled");
    } else if (readers_.empty()) {
      if (what == Aim::end) break;
      if (what == Aim::remove && co_await remove()) break;
      if (what == Aim::rest) shared_.mappings.set_state(mapping_->uuid, "Disabled");
    } else {
      stop_readers();
    }
    co_await wait();
  }
  iterator_age_->set(0);
}

asio::awaitable<void> MappingReaders::wait() {
  const auto soon = steady_clock::now() + kLook;
  // A wake-up that came since the last wait has left the timer expired: it must not be set again.
  if (wake_.expiry() != steady_clock::time_point::min()) wake_.expires_at(soon);
  co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
  wake_.expires_at(steady_clock::time_point::max());
}

void MappingReaders::start_readers() {
  const auto stream = shared_.streams.find(mapping_->account, mapping_->region, mapping_->stream);
  if (!stream || stream->number != stream_) {
    stop_readers();  // those of a stream that is gone
    if (!readers_.empty()) return;
    finished_shards_.clear();
    stream_ = stream ? stream->number : 0;
  }
  if (!stream) {
    shared_.mappings.set_result(mapping_->uuid, "PROBLEM: Stream does not exist");
    return;
  }
  if (!mapping_->reads_from(*stream)) {
    stop_readers();
    shared_.mappings.set_result(mapping_->uuid, "PROBLEM: Stream consumer does not exist");
    return;
  }
  for (const lambda::SourceShard& shard : stream->shards)
    if (!readers_.contains(shard.id.shard) && finished(stream_, shard.id.shard) == false &&
        parents_finished(*stream, shard))
      start_reader(stream_, shard);
}

std::optional<bool> MappingReaders::finished(std::uint64_t stream, std::uint32_t shard) {
  const auto known = finished_shards_.find(shard);
  if (known != finished_shards_.end()) return known->second;
  bool done = false;
  try {
    const auto kept = shared_.mappings.checkpoint(mapping_->uuid, shard);
    done = kept && kept->stream == stream && kept->finished;
  } catch (const std::exception& e) {
    log::error("checkpoint_unreadable", {{"mapping", mapping_->uuid}, {"reason", e.what()}});
    return std::nullopt;
  }
  finished_shards_[shard] = done;
  return done;
}

bool MappingReaders::parents_finished(const lambda::SourceStream& stream, const lambda::SourceShard& shard) {
  const auto listed = [&](std::uint32_t number) {
    return std::any_of(stream.shards.begin(), stream.shards.end(),
                       [&](const lambda::SourceShard& s) { return s.id.shard == number; });
  };
  return std::all_of(shard.parents.begin(), shard.parents.end(), [&](std::uint32_t parent) {
    return !listed(parent) || finished(stream.number, parent) == true;
  });
}

void MappingReaders::start_reader(std::uint64_t stream, const lambda::SourceShard& shard) {
  const std::uint32_t number = shard.id.shard;
  auto reader = std::make_unique<ShardReader>(context_, shared_, mapping_, stream, shard);
  ShardReader& started = *reader;
  {
    const std::lock_guard lock(mutex_);
    readers_[number] = std::move(reader);
  }
  asio::co_spawn(context_, started.run(),
                 [this, number](const std::exception_ptr&) { reader_ended(number); });
}

void MappingReaders::reader_ended(std::uint32_t shard) {
  if (readers_.at(shard)->finished()) finished_shards_[shard] = true;
  {
    const std::lock_guard lock(mutex_);
    readers_.erase(shard);
  }
  wake();
}

void MappingReaders::stop_readers() {
  for (const auto& [number, reader] : readers_) reader->stop();
}

// False: not now; it is tried again.
asio::awaitable<bool> MappingReaders::remove() {
  try {
    co_await shared_.mappings.remove(mapping_->uuid);
    co_return true;
  } catch (const std::exception& e) {
    log::error("mapping_not_removed", {{"mapping", mapping_->uuid}, {"reason", e.what()}});
  }
  co_return false;
}

void MappingReaders::refresh_gauge() {
  const Time now = shared_.clock.now();
  double oldest = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& [number, reader] : readers_) {
    reader->refresh_gauge();
    const Time waiting = reader->oldest_waiting();
    if (waiting == Time{}) continue;
    oldest = std::max(oldest, std::chrono::duration<double>(now - waiting).count());
  }
  iterator_age_->set(oldest);
}

}  // namespace millrace::functions
