#include "server/mappings/shard_reader.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "server/exception_text.h"
#include "server/log.h"
#include "server/start/crash_mark.h"
#include "storage/base/on_pool.h"

namespace millrace::functions {

namespace asio = boost::asio;
using lambda::EventRecord;
using std::chrono::steady_clock;

namespace {

constexpr std::uint64_t kReadBytes = 5u << 20;
// What lanes may hold, in bytes and in records of each: a lane that cannot go on must stop its shard's
// reading at last, and several lanes not before the others had their share. Not less than a few blocks of the
// log, which are read whole: a block that is read in parts is read as often.
constexpr std::size_t kHeldBytes = 8u << 20, kHeldBytesALane = 2u << 20, kHeldRecordsALane = 1000;
// Of one read where a filter may leave most out.
constexpr std::size_t kFilteredRead = 1000;
// Of a read that holds more than this many times the records that are needed, those are copied.
constexpr std::size_t kWorthCopying = 4;
// How long filters of others wait for one's, at least one record of it.
constexpr std::chrono::milliseconds kFilterTurn{10};
// How long a wait for records lasts before the shard is looked at again, which a commit ends sooner.
constexpr std::chrono::seconds kIdleLook{10};

}  // namespace

// The bytes of the records of one read, for as long as a lane needs one of them.
struct ShardReader::Held {
  Held(std::shared_ptr<std::size_t> total_held, storage::Records records)
      : total(std::move(total_held)), bytes(records.bytes()), read(std::move(records)) {
    *total += bytes;
  }
  Held(const Held&) = delete;
  ~Held() { *total -= bytes; }

  std::string_view keep(std::string text) { return own.emplace_back(std::move(text)); }
  // Has `record` bytes of its own, so that the read need not be kept.
  void copy(storage::Record& record) {
    record.key = keep(std::string(record.key));
    if (record.sealed == storage::Sealed::no) record.data = keep(std::string(record.data));
  }
  void let_go_of_read() {
    read = {};
    *total -= bytes;
    bytes = 0;
    for (const std::string& text : own) bytes += text.size();
    *total += bytes;
  }

  const std::shared_ptr<std::size_t>
      total;  // of all of the shard's; shared, since a lane's batch may outlive it
  std::size_t bytes;
  storage::Records read;
  std::deque<std::string> own;  // records that were sealed, and copies
};

ShardReader::ShardReader(asio::io_context& context, MappingShared& shared, KeptCheckpoints& checkpoints,
                         lambda::MappingPtr mapping, std::uint64_t stream, lambda::SourceShard shard)
    : context_(context),
      shared_(shared),
      checkpoints_(checkpoints),
      mapping_(std::move(mapping)),
      stream_(stream),
      shard_(std::move(shard)),
      wake_(context),
      crashed_(shared.crashed ? shared.crashed->passed_over(mapping_->uuid, shard_.id.shard)
                              : std::set<storage::Index>()),
      series_(shared.probes, {{"account", mapping_->account},
                              {"function", mapping_->function},
                              {"mapping", mapping_->uuid},
                              {"region", mapping_->region},
                              {"shard", shard_.name},
                              {"stream", mapping_->stream}}),
      lag_(series_.gauge("millrace_lambda_shard_lag_records",
                         "Records in a shard, counted from the first unprocessed one")) {}

void ShardReader::refresh_gauge() {
  const storage::Bounds bounds = shared_.log.known_bounds(shard_.id);
  const std::uint64_t first = std::max(settled_.load(), bounds.first.value);
  lag_->set(static_cast<double>(bounds.next.value - std::min(first, bounds.next.value)));
}

void ShardReader::stop() {
  stopping_ = true;
  wake_.call();
}

void ShardReader::change(lambda::MappingPtr mapping) {
  // What was read for other lanes or by another filter is read again.
  restart_ = restart_ || mapping->lanes() != mapping_->lanes() || mapping->filter != mapping_->filter;
  mapping_ = std::move(mapping);
  wake_.call();
  wake_lanes();
}

bool ShardReader::closed() const {
  const auto stream = shared_.streams.find(shared_.reader_of(*mapping_), mapping_->stream);
  if (!stream || stream->number != stream_) return false;
  for (const lambda::SourceShard& s : stream->shards)
    if (s.id == shard_.id) return s.closed;
  return true;
}

asio::awaitable<void> ShardReader::run() {
  try {
    while (!stopping_ && !finished_) {
      const bool went_well = co_await open() && co_await read_with_lanes();
      if (!went_well)
        co_await wake_.wait(steady_clock::now() + lambda::retry_pause(1, lambda::random_fraction()));
    }
  } catch (const std::exception& e) {
    log::error("shard_reader_failed",
               {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", e.what()}});
  }
  oldest_waiting_ = 0;
}

// Finds out where to read from; false: not now.
asio::awaitable<bool> ShardReader::open() {
  auto kept = co_await checkpoints_.read(mapping_->uuid, shard_);
  if (!kept.readable) co_return false;
  if (kept.checkpoint && kept.checkpoint->stream == stream_) {
    kept_ = std::move(*kept.checkpoint);
    finished_ = kept_.finished;
    co_return true;
  }
  kept_ = {stream_};
  // Where LATEST begins was kept when the mapping was made; a shard without that appeared later, or its
  // checkpoint was set aside: it is read from its begin, lest anything be missed.
  if (!mapping_->starting_timestamp) co_return true;
  const auto at = co_await shared_.log.find(shard_.id, *mapping_->starting_timestamp);
  if (at.has_value()) kept_.next = *at;
  co_return at.has_value();
}

// ---- Lanes ----

void ShardReader::start_lanes(std::optional<lambda::WindowState> window) {
  const std::size_t count = mapping_->lanes();
  progress_.emplace(kept_, count);
  for (std::size_t i = 0; i < count; ++i) {
    LaneOwner& owner = *this;
    lanes_.push_back(std::make_unique<ShardLane>(context_, shared_, owner, std::move(window)));
    window.reset();
    ++running_lanes_;
    asio::co_spawn(context_, lanes_.back()->run(), [this](const std::exception_ptr& failure) {
      // Without one of its lanes the shard does not go on; it begins anew from the checkpoint.
      if (failure) {
        lane_failed_ = restart_ = true;
        log::error("shard_lane_failed",
                   {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", text_of(failure)}});
      }
      --running_lanes_;
      wake_.call();
    });
  }
}

// False: a lane failed.
asio::awaitable<bool> ShardReader::read_with_lanes() {
  restart_ = lane_failed_ = at_end_ = closed_ = false;
  settled_ = kept_.next.value;
  readable_ = true;
  next_ = kept_.next;
  start_lanes(kept_.window);
  while (reading()) co_await read_on();
  for (const auto& lane : lanes_) lane->stop();
  while (running_lanes_ > 0) co_await wake_.wait(Instant::max());
  co_await all_kept();
  lanes_.clear();
  co_return !lane_failed_;
}

void ShardReader::wake_lanes() {
  for (const auto& lane : lanes_) lane->wake();
}

// In records. None while more than half is taken, which is enough for a batch: few large reads cost less than
// many small ones.
std::size_t ShardReader::room() const {
  if (*held_bytes_ >= kHeldBytes + kHeldBytesALane * lanes_.size()) return 0;
  const auto batches = 2 * static_cast<std::size_t>(mapping_->batch_size);
  const std::size_t most = lanes_.size() * std::max(batches, kHeldRecordsALane);
  std::size_t waiting = 0;
  for (const auto& lane : lanes_) waiting += lane->waiting();
  return waiting > most / 2 ? 0 : most - waiting;
}

bool ShardReader::lanes_idle() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->idle(); });
}

void ShardReader::progressed() {
  keep_soon(false);
  wake_.call();  // there may be room again, or the end be reached
}

void ShardReader::note_oldest() {
  std::optional<ShardLane::RecordPosition> oldest;
  for (const auto& lane : lanes_)
    if (const auto place = lane->oldest(); place && (!oldest || place->index < oldest->index)) oldest = place;
  oldest_waiting_ = oldest ? oldest->arrival.time_since_epoch().count() : 0;
}

void ShardReader::keep_soon(bool finished) {
  note_oldest();
  lambda::LanePositions positions;
  for (const auto& lane : lanes_) {
    const auto oldest = lane->oldest();
    positions.push_back(oldest ? oldest->index : next_);
  }
  kept_ = progress_->at(positions);
  settled_ = kept_.next.value;
  kept_.finished = finished;
  kept_.window = lanes_.front()->window();
  kept_is_newer_ = true;
  if (keeping_) return;
  keeping_ = true;
  asio::co_spawn(context_, keep_newest(), [this](const std::exception_ptr& failure) {
    keeping_ = false;
    if (failure)
      log::error("checkpoint_failed",
                 {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", text_of(failure)}});
    wake_.call();
  });
}

asio::awaitable<void> ShardReader::keep_newest() {
  while (std::exchange(kept_is_newer_, false)) {
    const auto kept = co_await shared_.mappings.keep(mapping_->uuid, shard_.id.shard, kept_);
    if (kept.has_error())  // a restart would repeat, which at-least-once allows
      log::warning("checkpoint_failed",
                   {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", kept.error().detail}});
  }
}

asio::awaitable<void> ShardReader::all_kept() {
  while (keeping_) co_await wake_.wait(Instant::max());
}

// ---- Reading ----

asio::awaitable<void> ShardReader::read_on() {
  const std::size_t free = room();
  if (free == 0) {
    co_await wake_.wait(steady_clock::now() + kIdleLook);
    co_return;
  }
  const std::size_t count = mapping_->filter ? std::max(free, kFilteredRead) : free;
  const storage::ReadLimit limit{static_cast<std::uint32_t>(count), kReadBytes};
  auto read = co_await shared_.log.read(shard_.id, next_, limit);
  if (read.has_error()) {
    unreadable(read.error());
  } else if (read->empty()) {
    next_ = read->next();
    readable_ = true;
    if (next_ >= read->end()) co_await wait_at_end();  // else it passed over what is damaged
    co_return;
  } else {
    const storage::Index behind = read->next();
    const bool at_end = behind >= read->end();
    readable_ = co_await distribute(std::move(*read));
    if (readable_) {
      next_ = behind;
      at_end_ = at_end;
    }
  }
  wake_lanes();
  if (!readable_)
    co_await wake_.wait(steady_clock::now() + lambda::retry_pause(1, lambda::random_fraction()));
}

asio::awaitable<bool> ShardReader::filter(LaneRecords& records) {
  const lambda::RecordFilterPtr filter = mapping_->filter;
  using Verdict = lambda::RecordFilter::Verdict;
  std::vector<Verdict> verdicts;
  const auto take_turn = [&] {
    thread_local const SignalStack signals;
    WorkNote note(mapping_->uuid, shard_.id.shard);
    const auto end = steady_clock::now() + kFilterTurn;
    do {
      const EventRecord& record = records[verdicts.size()].second;
      note.at(record.record.index.value);
      verdicts.push_back(filter->judge(record));
    } while (verdicts.size() < records.size() && steady_clock::now() < end);
    return true;
  };
  while (verdicts.size() < records.size()) {
    if (!reading()) co_return false;
    co_await on_pool(*shared_.filter_threads, take_turn);
  }
  // To drop what the function may want to see would be a loss.
  const auto costly = std::find(verdicts.begin(), verdicts.end(), Verdict::too_costly);
  if (costly != verdicts.end())
    log::warning(
        "records_not_filtered",
        {{"mapping", mapping_->uuid},
         {"shard", shard_.name},
         {"first", records[static_cast<std::size_t>(costly - verdicts.begin())].second.sequence_number},
         {"records", std::count(costly, verdicts.end(), Verdict::too_costly)}});
  std::size_t i = 0;
  std::erase_if(records, [&](const auto&) { return verdicts[i++] == Verdict::left_out; });
  co_return reading();
}

asio::awaitable<bool> ShardReader::distribute(storage::Records read) {
  const auto held = std::make_shared<Held>(held_bytes_, std::move(read));
  LaneRecords out;
  std::optional<storage::Error> error;
  const bool hashed = lanes_.size() > 1 || !progress_->none_ahead(next_);
  std::optional<WorkNote> note(std::in_place, mapping_->uuid, shard_.id.shard);
  held->read.for_each([&](storage::Record r) {
    if (error || (!crashed_.empty() && passes_over(r))) return;
    note->at(r.index.value);
    // Records without a key have no order to keep: they go to the lanes in turn.
    const std::uint64_t hash = !hashed ? 0 : r.key.empty() ? r.index.value : lambda::key_hash(r.key);
    if (hashed && progress_->settled(r.index, hash)) return;
    if (r.sealed == storage::Sealed::yes) {
      auto data = shared_.streams.open(stream_, r);
      if (data.has_error() && data.error().code == storage::Errc::corrupt) {
        using enum storage::Loss::Cause;
        if (shared_.losses) shared_.losses->add({shard_.id, r.index, r.index + 1, seal, data.error().detail});
        return;
      }
      if (data.has_error()) {
        error = data.error();
        return;
      }
      r.data = held->keep(std::move(*data));
    }
    out.emplace_back(progress_->lane_of(hash),
                     EventRecord{r, shared_.streams.sequence_number(shard_, r.index, r.arrival)});
  });
  if (error) {
    unreadable(*error);
    co_return false;
  }
  note.reset();  // this thread does other work from here on
  if (mapping_->filter && !co_await filter(out)) co_return false;
  std::size_t bytes = 0;
  for (const auto& [lane, record] : out) bytes += record.record.key.size() + record.record.data.size();
  if (bytes * kWorthCopying < held->bytes) {
    for (auto& [lane, record] : out) held->copy(record.record);
    held->let_go_of_read();
  }
  for (auto& [lane, record] : out) lanes_[lane]->add({std::move(record), held});
  note_oldest();
  co_return true;
}

bool ShardReader::passes_over(const storage::Record& record) const {
  if (!crashed_.contains(record.index)) return false;
  shared_.probes
      .held_counter("millrace_lambda_event_source_set_aside_records_total",
                    "Records that event source mappings passed over because the server crashed three times "
                    "while it decoded or filtered them",
                    lambda::function_labels(mapping_->account, mapping_->region, mapping_->function))
      ->add(1);
  log::error("record_set_aside",
             {{"mapping", mapping_->uuid},
              {"shard", shard_.name},
              {"record", shared_.streams.sequence_number(shard_, record.index, record.arrival)},
              {"reason", "the server crashed " + std::to_string(lambda::CrashedRecords::kMaxCrashes) +
                             " times while it decoded or filtered it"}});
  return true;
}

void ShardReader::unreadable(const storage::Error& error) {
  readable_ = false;
  log::error("shard_read_failed",
             {{"mapping", mapping_->uuid}, {"shard", shard_.name}, {"reason", error.detail}});
  shared_.mappings.set_result(mapping_->uuid, "PROBLEM: The stream cannot be read");
}

// A shard that the log has closed is waited for until its stream says so, too.
asio::awaitable<void> ShardReader::grown_or_closed() {
  const Instant until = steady_clock::now() + kIdleLook;
  const auto grown = co_await shared_.log.wait(shard_.id, next_, until);
  if (grown && !*grown && steady_clock::now() < until) co_await shared_.streams.closed(shard_.id, until);
}

// All that there is was read.
asio::awaitable<void> ShardReader::wait_at_end() {
  using namespace asio::experimental::awaitable_operators;
  const bool was_at_end = at_end_;
  at_end_ = true;
  const bool was_closed = closed_;
  closed_ = closed();
  // A record may have come before the shard was closed.
  if (closed_ && !was_closed) {
    const auto bounds = co_await shared_.log.bounds(shard_.id);
    if (bounds.has_error() || next_ < bounds->next) {
      closed_ = false;
      co_return;
    }
  }
  if (!was_at_end || closed_ != was_closed) wake_lanes();
  const bool idle = lanes_idle();
  if (closed_) {
    if (idle && !lanes_.front()->window()) {
      keep_soon(true);
      co_await all_kept();
      finished_ = true;
    } else {
      co_await wake_.wait(steady_clock::now() + kIdleLook);
    }
    co_return;
  }
  // What was left out is settled.
  if (idle && next_ > kept_.next) {
    keep_soon(false);
    co_await all_kept();
  }
  if (!reading()) co_return;
  co_await (grown_or_closed() || wake_.wait(Instant::max()));
}

}  // namespace millrace::functions
