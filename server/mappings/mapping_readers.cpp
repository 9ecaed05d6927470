#include "server/mappings/mapping_readers.h"

#include "server/exception_text.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// How often a mapping looks for new shards, and for a stream that was not there.
constexpr std::chrono::seconds kLook{1};

// The unit of work of those who share the mapping's readers.
std::string unit_of(const std::string& uuid) { return "mapping/" + uuid; }

}  // namespace

MappingReaders::MappingReaders(asio::io_context& context, MappingShared& shared, lambda::MappingPtr mapping)
    : context_(context),
      shared_(shared),
      mapping_(std::move(mapping)),
      wake_(context, steady_clock::time_point::max()),
      checkpoints_(shared),
      series_(shared.probes, {{"account", mapping_->account},
                              {"function", mapping_->function},
                              {"mapping", mapping_->uuid},
                              {"region", mapping_->region},
                              {"stream", mapping_->stream}}),
      iterator_age_(series_.gauge("millrace_lambda_iterator_age_seconds",
                                  "Age of the oldest unprocessed record (CloudWatch: IteratorAge)")) {}

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
      co_await start_readers();
      shared_.mappings.set_state(mapping_->uuid, "Enabled");
    } else if (readers_.empty()) {
      if (what == Aim::end) break;
      if (what == Aim::remove && (!shared_.mappings.find(mapping_->uuid) || co_await remove())) break;
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

asio::awaitable<void> MappingReaders::start_readers() {
  const Principal acting = shared_.reader_of(*mapping_);
  if (const auto denied = co_await lambda::reading_denied(shared_.role_check, acting, mapping_->stream)) {
    stop_readers();
    shared_.mappings.set_result(mapping_->uuid, "PROBLEM: " + *denied);
    co_return;
  }
  const auto stream = shared_.streams.find(acting, mapping_->stream);
  if (!stream || stream->number != stream_) {
    stop_readers();  // those of a stream that is gone
    if (!readers_.empty()) co_return;
    finished_shards_.clear();
    stream_ = stream ? stream->number : 0;
  }
  if (!stream) {
    shared_.mappings.set_result(mapping_->uuid, "PROBLEM: Stream does not exist");
    co_return;
  }
  if (!mapping_->reads_from(*stream)) {
    stop_readers();
    shared_.mappings.set_result(mapping_->uuid, "PROBLEM: Stream consumer does not exist");
    co_return;
  }
  std::erase_if(finished_shards_, [&](std::uint32_t known) {
    return std::none_of(stream->shards.begin(), stream->shards.end(),
                        [&](const lambda::SourceShard& s) { return s.id.shard == known; });
  });
  for (const lambda::SourceShard& shard : stream->shards) {
    const auto reader = readers_.find(shard.id.shard);
    if (!is_ours(shard)) {
      if (reader != readers_.end()) reader->second->stop();
    } else if (reader == readers_.end() && co_await parents_finished(*stream, shard) &&
               co_await finished(stream_, shard) == false) {
      start_reader(stream_, shard);
    }
  }
}

bool MappingReaders::is_ours(const lambda::SourceShard& shard) const {
  return shared_.duties.mine(unit_of(mapping_->uuid) + "/" + std::to_string(shard.id.shard));
}

asio::awaitable<std::optional<bool>> MappingReaders::finished(std::uint64_t stream,
                                                              lambda::SourceShard shard) {
  const std::uint32_t number = shard.id.shard;
  if (finished_shards_.contains(number)) co_return true;
  if (readers_.contains(number)) co_return false;
  const auto kept = co_await checkpoints_.read(mapping_->uuid, std::move(shard));
  if (!kept.readable) co_return std::nullopt;
  const bool done = kept.checkpoint && kept.checkpoint->stream == stream && kept.checkpoint->finished;
  if (done) finished_shards_.insert(number);
  co_return done;
}

asio::awaitable<bool> MappingReaders::parents_finished(const lambda::SourceStream& stream,
                                                       const lambda::SourceShard& shard) {
  for (const lambda::SourceShard& other : stream.shards) {
    const bool parent =
        std::find(shard.parents.begin(), shard.parents.end(), other.id.shard) != shard.parents.end();
    if (parent && co_await finished(stream.number, other) != true) co_return false;
  }
  co_return true;
}

void MappingReaders::start_reader(std::uint64_t stream, const lambda::SourceShard& shard) {
  const std::uint32_t number = shard.id.shard;
  auto reader = std::make_unique<ShardReader>(context_, shared_, checkpoints_, mapping_, stream, shard);
  ShardReader& started = *reader;
  {
    const std::lock_guard lock(mutex_);
    readers_[number] = std::move(reader);
  }
  asio::co_spawn(context_, started.run(), [this, number](const std::exception_ptr& failure) {
    if (failure)
      log::error("shard_reader_failed",
                 {{"mapping", mapping_->uuid}, {"shard_number", number}, {"reason", text_of(failure)}});
    reader_ended(number);
  });
}

void MappingReaders::reader_ended(std::uint32_t shard) {
  if (readers_.at(shard)->finished()) finished_shards_.insert(shard);
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
  if (!shared_.duties.mine(unit_of(mapping_->uuid))) co_return false;
  try {
    if (shared_.crashed) co_await shared_.crashed->forget(mapping_->uuid);
    co_await shared_.mappings.remove(mapping_->uuid);
    co_return true;
  } catch (const std::exception& e) {
    log::error("mapping_removal_failed", {{"mapping", mapping_->uuid}, {"reason", e.what()}});
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
