#include "server/functions/mapping_reader.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <random>

#include "api/core/base64.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using lambda::EventRecord;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Of one read. What is more than an event holds is read again; what is less, in several reads.
constexpr std::uint64_t kReadBytes = 5u << 20;
// An upper bound of what surrounds a record's data and key in an event, for an early end of collecting.
constexpr std::size_t kAboutEnvelopeBytes = 600;
// Of one read where a filter may leave most out.
constexpr std::size_t kFilteredRead = 1000;
// How long a wait for records lasts before the shard is looked at again, which a commit ends sooner.
constexpr std::chrono::seconds kIdleLook{10};

double jitter() {
  thread_local std::mt19937 source{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(source);
}

}  // namespace

ShardReader::ShardReader(asio::io_context& context, MappingShared& shared, lambda::MappingPtr mapping,
                         std::uint64_t stream, lambda::SourceShard shard)
    : shared_(shared),
      mapping_(std::move(mapping)),
      stream_(stream),
      shard_(std::move(shard)),
      wake_(context, Instant::max()) {}

void ShardReader::stop() {
  stopping_ = true;
  wake_.expires_at(Instant::min());
}

void ShardReader::change(lambda::MappingPtr mapping) {
  mapping_ = std::move(mapping);
  wake_.expires_at(Instant::min());
}

bool ShardReader::closed() const {
  const auto stream = shared_.streams.find(mapping_->account, mapping_->region, mapping_->stream);
  if (!stream || stream->number != stream_) return false;
  for (const lambda::SourceShard& s : stream->shards)
    if (s.id == shard_.id) return s.closed;
  return true;
}

asio::awaitable<void> ShardReader::run() {
  try {
    while (!stopping_ && !co_await open()) co_await pause(lambda::retry_pause(1, jitter()));
    while (!stopping_ && !finished_) co_await read_on();
  } catch (const std::exception& e) {
    log::error("shard_reader_failed",
               {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", e.what()}});
  }
  oldest_waiting_ = 0;
}

// Finds out where to read from; false: not now.
asio::awaitable<bool> ShardReader::open() {
  std::optional<lambda::Checkpoint> kept;
  try {
    kept = shared_.mappings.checkpoint(mapping_->uuid, shard_.id.shard);
  } catch (const StorageFailure& e) {
    log::error("checkpoint_unreadable",
               {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", e.what()}});
    co_return false;
  }
  if (kept && kept->stream == stream_) {
    next_ = kept->next;
    finished_ = kept->finished;
    co_return true;
  }
  // Where LATEST begins was kept when the mapping was made; a shard without that appeared later, and is read
  // from its begin, lest anything be missed.
  if (!mapping_->starting_timestamp) co_return true;
  const auto at = co_await shared_.log.find(shard_.id, *mapping_->starting_timestamp);
  if (at.has_value()) next_ = *at;
  co_return at.has_value();
}

asio::awaitable<void> ShardReader::read_on() {
  Batch batch = co_await collect();
  if (batch.records.empty()) co_return;
  oldest_waiting_ = batch.records.front().record.arrival.time_since_epoch().count();
  co_await settle(std::move(batch));
  oldest_waiting_ = 0;
}

// ---- Collecting ----

asio::awaitable<ShardReader::Batch> ShardReader::collect() {
  Batch batch;
  storage::Index next = next_;
  Instant window_end = Instant::max();
  while (!stopping_) {
    const bool was_empty = batch.records.empty();
    if (!co_await read_more(batch, next)) {
      shared_.mappings.set_result(mapping_->uuid, "PROBLEM: The stream cannot be read");
      co_await pause(lambda::retry_pause(1, jitter()));
      continue;
    }
    if (was_empty && !batch.records.empty())
      window_end = steady_clock::now() + std::chrono::seconds(mapping_->batching_window_s);
    if (!co_await more_comes(batch, next, window_end)) break;
  }
  // A batch that was cut off by `stop` is read again from the checkpoint.
  if (stopping_) co_return Batch{};
  batch.behind = next;
  const std::size_t fit = lambda::records_that_fit(event_source(std::string(200, 'r')), batch.records);
  batch.behind = batch.next_at(fit);
  batch.records.resize(fit);
  co_return batch;
}

// Adds what there is to the batch, up to its size. False: the log cannot be read now.
asio::awaitable<bool> ShardReader::read_more(Batch& batch, storage::Index& next) {
  const auto size = static_cast<std::size_t>(mapping_->batch_size);
  if (batch.records.size() >= size) co_return true;
  const std::size_t most = size - batch.records.size();
  const std::size_t count = mapping_->filter ? std::max(most, kFilteredRead) : most;
  const storage::ReadLimit limit{static_cast<std::uint32_t>(count), kReadBytes};
  auto read = co_await shared_.log.read(shard_.id, next, limit);
  if (read.has_error()) {
    unreadable(read.error());
    co_return false;
  }
  const auto behind = read->empty() ? read->next() : take(batch, std::move(*read), most);
  if (!behind) co_return false;
  next = *behind;
  co_return true;
}

// Adds what passes the filter, in the clear; if a record does not open, nothing.
std::optional<storage::Index> ShardReader::take(Batch& batch, storage::Records read, std::size_t most) {
  const std::size_t before = batch.records.size();
  std::optional<storage::Error> error;
  storage::Index behind = read.next();
  read.for_each([&](storage::Record r) {
    if (error || r.index >= behind) return;
    if (batch.records.size() == before + most) {
      behind = r.index;
      return;
    }
    if (r.sealed == storage::Sealed::yes) {
      auto data = shared_.streams.open(stream_, r);
      if (data.has_error()) {
        error = data.error();
        return;
      }
      r.data = batch.opened.emplace_back(std::move(*data));
    }
    EventRecord record{r, shared_.streams.sequence_number(shard_, r.index, r.arrival)};
    if (!mapping_->filter || mapping_->filter->passes(record)) batch.records.push_back(std::move(record));
  });
  if (error) {
    batch.records.resize(before);
    unreadable(*error);
    return std::nullopt;
  }
  for (const EventRecord& r : std::span(batch.records).subspan(before))
    batch.bytes += base64_encoded_size(r.record.data.size()) + r.record.key.size() + kAboutEnvelopeBytes;
  if (batch.records.size() > before) batch.reads.push_back(std::move(read));
  return behind;
}

void ShardReader::unreadable(const storage::Error& error) const {
  log::error("shard_unreadable",
             {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", error.detail}});
}

// Whether the batch is to be read on, after waiting for more; false: it is to be handed over, or nothing will
// come.
asio::awaitable<bool> ShardReader::more_comes(const Batch& batch, storage::Index next, Instant window_end) {
  const bool full = batch.records.size() >= static_cast<std::size_t>(mapping_->batch_size) ||
                    batch.bytes >= lambda::kMaxBatchBytes;
  if (full || (!batch.records.empty() && steady_clock::now() >= window_end)) co_return false;
  const auto bounds = shared_.log.bounds(shard_.id);
  const bool at_end = bounds.has_value() && next >= bounds->next;
  // What was left out is settled.
  if (batch.records.empty() && next > next_) co_await checkpoint(next, false);
  if (!at_end) co_return true;
  if (closed()) {
    if (batch.records.empty()) co_await checkpoint(next, true);
    co_return false;
  }
  co_await wait_for_record(next, std::min(window_end, steady_clock::now() + kIdleLook));
  co_return true;
}

asio::awaitable<void> ShardReader::wait_for_record(storage::Index next, Instant deadline) {
  using namespace asio::experimental::awaitable_operators;
  // Consumed here: what was changed is looked at after every wait.
  if (!stopping_) wake_.expires_at(Instant::max());
  co_await (shared_.log.wait(shard_.id, next, deadline) ||
            wake_.async_wait(asio::as_tuple(asio::use_awaitable)));
}

asio::awaitable<void> ShardReader::pause(milliseconds time) {
  if (stopping_) co_return;
  wake_.expires_after(time);
  co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
}

// ---- Settling ----

asio::awaitable<void> ShardReader::settle(Batch batch) {
  std::vector<Piece> todo{{0, batch.records.size()}};
  while (!todo.empty() && !stopping_) {
    const Piece piece = todo.back();
    const auto records = std::span(batch.records).subspan(piece.first, piece.count);
    oldest_waiting_ = records.front().record.arrival.time_since_epoch().count();
    if (const std::size_t expired = count_expired(records); expired > 0) {
      dropped(records.first(expired), "too old");
      co_await checkpoint(batch.next_at(piece.first + expired), false);
      todo.back() = {piece.first + expired, piece.count - expired};
      if (todo.back().count == 0) todo.pop_back();
      continue;
    }
    const Try result = co_await attempt(records);
    co_await after(result, todo, batch);
  }
}

asio::awaitable<void> ShardReader::after(Try result, std::vector<Piece>& todo, const Batch& batch) {
  Piece& piece = todo.back();
  const auto records = std::span(batch.records).subspan(piece.first, piece.count);
  if (result.kind == Try::Kind::answered && result.settled > 0) {
    co_await checkpoint(batch.next_at(piece.first + result.settled), false);
    // The rest is a batch of its own, with tries of its own.
    piece = {piece.first + result.settled, piece.count - result.settled};
    if (piece.count == 0) {
      todo.pop_back();
      co_return;
    }
  }
  if (stopping_) co_return;  // what an end of the server killed does not count
  ++piece.in_a_row;
  if (result.kind != Try::Kind::not_run) {
    if (mapping_->bisect && piece.count > 1 && result.settled == 0) {
      const std::size_t half = piece.count / 2;
      const Piece first{piece.first, half}, second{piece.first + half, piece.count - half};
      todo.back() = second;
      todo.push_back(first);
      co_return;
    }
    if (result.settled == 0) ++piece.failures;
    if (mapping_->maximum_retry_attempts >= 0 && piece.failures > mapping_->maximum_retry_attempts) {
      dropped(records, "retry attempts exhausted");
      co_await checkpoint(batch.next_at(piece.first + piece.count), false);
      todo.pop_back();
      co_return;
    }
    if (result.settled > 0) co_return;  // progress: the rest goes on at once
  }
  co_await pause(lambda::retry_pause(piece.in_a_row, jitter()));
}

asio::awaitable<ShardReader::Try> ShardReader::attempt(std::span<const EventRecord> records) {
  const lambda::MappingPtr mapping = mapping_;
  const lambda::FunctionPtr target =
      shared_.functions.find(mapping->account, mapping->region, mapping->function);
  if (!target) {
    shared_.mappings.set_result(mapping->uuid, "PROBLEM: Function does not exist");
    co_return Try{Try::Kind::not_run};
  }
  std::string event = lambda::kinesis_event(event_source(target->role), records);
  const auto result = co_await shared_.runner.invoke(target->spec(), std::move(event));
  if (result.has_error()) {
    if (!stopping_) {
      shared_.mappings.set_result(mapping->uuid, "PROBLEM: Function call failed");
      log::warning("mapping_invoke_failed",
                   {{"mapping", mapping->uuid}, {"shard", shard_.name}, {"reason", result.error().detail}});
    }
    co_return Try{Try::Kind::not_run};
  }
  if (result->function_error) {
    if (!stopping_) shared_.mappings.set_result(mapping->uuid, "PROBLEM: Function call failed");
    co_return Try{Try::Kind::failed};
  }
  Try out{Try::Kind::answered, records.size()};
  if (mapping->report_batch_item_failures)
    out.settled = lambda::read_batch_answer(result->payload, records).settled;
  shared_.mappings.set_result(mapping->uuid,
                              out.settled == records.size() ? "OK" : "PROBLEM: Function call failed");
  co_return out;
}

asio::awaitable<void> ShardReader::checkpoint(storage::Index next, bool finished) {
  next_ = next;
  const auto kept =
      co_await shared_.mappings.keep(mapping_->uuid, shard_.id.shard, {stream_, next, finished});
  if (kept.has_error())  // a restart would repeat, which at-least-once allows
    log::warning("checkpoint_failed",
                 {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", kept.error().detail}});
  finished_ = finished;
}

std::size_t ShardReader::count_expired(std::span<const EventRecord> records) const {
  const auto bounds = shared_.log.bounds(shard_.id);
  const Time now = shared_.clock.now();
  const auto expired = [&](const EventRecord& r) {
    if (bounds.has_value() && r.record.index < bounds->first) return true;
    return mapping_->maximum_record_age_s >= 0 &&
           now - r.record.arrival >= std::chrono::seconds(mapping_->maximum_record_age_s);
  };
  const auto fresh = std::find_if_not(records.begin(), records.end(), expired);
  return static_cast<std::size_t>(fresh - records.begin());
}

void ShardReader::dropped(std::span<const EventRecord> records, const char* reason) {
  shared_.probes
      .counter(
          "millrace_lambda_event_source_dropped_records_total",
          "Records that a function failed to process and that its mapping gave up",
          {{"account", mapping_->account}, {"function", mapping_->function}, {"region", mapping_->region}})
      .add(records.size());
  log::warning("records_dropped", {{"mapping", mapping_->uuid},
                                   {"function", mapping_->function_arn},
                                   {"shard", shard_.name},
                                   {"first", records.front().sequence_number},
                                   {"last", records.back().sequence_number},
                                   {"records", records.size()},
                                   {"reason", reason}});
}

lambda::EventSource ShardReader::event_source(const std::string& role) const {
  return {mapping_->source_arn, mapping_->region, role, shard_.name};
}

}  // namespace millrace::functions
