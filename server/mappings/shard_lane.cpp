#include "server/mappings/shard_lane.h"

#include "api/core/base64.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;
using lambda::EventRecord;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

// An upper bound of what surrounds a record's data and key in an event, for an early end of collecting.
constexpr std::size_t kAboutEnvelopeBytes = 600;
// As long as any role's name, for the size of an event before its function is known.
const std::string kAnyRole(200, 'r');
// How often an open window is looked at: the clock that windows go by may be moved.
constexpr seconds kWindowLook{1};
// How long after a window's end a record of it may still come into sight.
constexpr seconds kWindowGrace{1};

std::size_t about_bytes(const EventRecord& r) {
  return base64_encoded_size(r.record.data.size()) + r.record.key.size() + kAboutEnvelopeBytes;
}

}  // namespace

void ShardLane::stop() {
  stopping_ = true;
  wake();
}

void ShardLane::add(LaneRecord record) {
  queued_bytes_ += about_bytes(record.event);
  queue_.push_back(std::move(record));
}

std::optional<ShardLane::RecordPosition> ShardLane::oldest() const {
  if (unsettled_ || queue_.empty()) return unsettled_;
  return position_of(queue_.front().event);
}

asio::awaitable<void> ShardLane::run() {
  while (!stopping_) {
    if (!queue_.empty() && !collecting_since_) collecting_since_ = steady_clock::now();
    if (window_over()) {
      co_await close_window();
    } else if (ready()) {
      co_await settle(take());
    } else {
      co_await wake_.wait(look_again());
    }
  }
}

// ---- Collecting ----

bool ShardLane::behind_window(const EventRecord& record) const {
  return window_ && record.record.arrival >= window_->end;
}

// Whether the window's last invocation is due: nothing more can come for it.
bool ShardLane::window_over() const {
  if (!window_) return false;
  if (!queue_.empty()) return behind_window(queue_.front().event);
  if (window_->end - window_->start != seconds(owner_.mapping()->tumbling_window_s)) return true;
  if (owner_.reads_on()) return false;
  return owner_.read_to_end() || shared_.clock.now() >= window_->end + kWindowGrace;
}

bool ShardLane::ready() const {
  if (queue_.empty()) return false;
  const lambda::Mapping& mapping = *owner_.mapping();
  if (queue_.size() >= static_cast<std::size_t>(mapping.batch_size)) return true;
  if (queued_bytes_ >= lambda::kMaxBatchBytes || behind_window(queue_.back().event)) return true;
  if (owner_.reads_on()) return false;
  if (owner_.read_to_end() || (window_ && shared_.clock.now() >= window_->end)) return true;
  return steady_clock::now() >= *collecting_since_ + seconds(mapping.batching_window_s);
}

ShardLane::Instant ShardLane::look_again() const {
  Instant at = Instant::max();
  if (collecting_since_) at = *collecting_since_ + seconds(owner_.mapping()->batching_window_s);
  // Where the batch's time is over, but more is at hand, the owner's call is waited for.
  if (at <= steady_clock::now()) at = Instant::max();
  return window_ ? std::min(at, steady_clock::now() + kWindowLook) : at;
}

// The next batch: up to its size in records and bytes, and of one window.
ShardLane::Batch ShardLane::take() {
  collecting_since_.reset();
  const lambda::Mapping& mapping = *owner_.mapping();
  if (mapping.tumbling_window_s > 0 && !window_)
    window_ = lambda::window_of(queue_.front().event.record.arrival, seconds(mapping.tumbling_window_s));
  Batch batch;
  const auto most = std::min(queue_.size(), static_cast<std::size_t>(mapping.batch_size));
  std::size_t about = 0;
  while (batch.records.size() < most && about < lambda::kMaxBatchBytes &&
         !behind_window(queue_[batch.records.size()].event)) {
    about += about_bytes(queue_[batch.records.size()].event);
    batch.records.push_back(queue_[batch.records.size()].event);
  }
  const lambda::EventWindow window{window_ ? &*window_ : nullptr};
  batch.records.resize(lambda::records_that_fit(event_source(kAnyRole), batch.records, window));
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    std::shared_ptr<const void>& bytes = queue_.front().bytes;
    if (batch.bytes.empty() || batch.bytes.back() != bytes) batch.bytes.push_back(std::move(bytes));
    queued_bytes_ -= about_bytes(batch.records[i]);
    queue_.pop_front();
  }
  unsettled_ = position_of(batch.records.front());
  return batch;
}

lambda::EventSource ShardLane::event_source(const std::string& role) const {
  const lambda::Mapping& mapping = *owner_.mapping();
  return {mapping.source_arn, mapping.region, role, owner_.shard().name};
}

// ---- Settling ----

asio::awaitable<void> ShardLane::settle(Batch batch) {
  std::vector<Piece> todo{{0, batch.records.size()}};
  while (!todo.empty() && !stopping_) {
    const Piece piece = todo.back();
    const auto records = std::span(batch.records).subspan(piece.first, piece.count);
    if (const std::size_t expired = count_expired(records); expired > 0) {
      using enum lambda::GivenUp::Why;
      if (!co_await give_up(records.first(expired), record_too_old, piece.invocations, {})) break;
      todo.back() = {piece.first + expired, piece.count - expired};
      if (todo.back().count == 0) todo.pop_back();
      co_await settled(batch, piece.first + expired);
      continue;
    }
    const Try result = co_await attempt(records);
    co_await after(result, todo, batch);
  }
}

asio::awaitable<void> ShardLane::settled(const Batch& batch, std::size_t i) {
  unsettled_.reset();
  if (i < batch.records.size()) unsettled_ = position_of(batch.records[i]);
  owner_.progressed();
  // A state that has become too large ends its window; the next record begins it anew.
  if (window_ && window_->state.size() > lambda::kMaxWindowStateBytes && !stopping_) co_await close_window();
  if (unsettled_ && owner_.mapping()->tumbling_window_s > 0 && !window_)
    window_ = lambda::window_of(unsettled_->arrival, seconds(owner_.mapping()->tumbling_window_s));
}

bool ShardLane::retries_left(int failures) const {
  const int most = owner_.mapping()->maximum_retry_attempts;
  return most < 0 || failures <= most;
}

asio::awaitable<void> ShardLane::after(const Try& result, std::vector<Piece>& todo, const Batch& batch) {
  Piece& piece = todo.back();
  if (result.kind != Try::Kind::not_run) ++piece.invocations;
  if (result.kind == Try::Kind::answered && result.settled > 0) {
    // The rest is a batch of its own, with tries of its own.
    const std::size_t done = piece.first + result.settled;
    piece = {done, piece.count - result.settled};
    if (piece.count == 0) todo.pop_back();
    co_await settled(batch, done);
    co_return;
  }
  if (stopping_) co_return;  // what an end of the server killed does not count
  ++piece.in_a_row;
  if (result.kind != Try::Kind::not_run) {
    if (owner_.mapping()->bisect && piece.count > 1) {
      const std::size_t half = piece.count / 2;
      const Piece first{piece.first, half}, second{piece.first + half, piece.count - half};
      todo.back() = second;
      todo.push_back(first);
      co_return;
    }
    ++piece.failures;
    if (!retries_left(piece.failures)) {
      const auto records = std::span(batch.records).subspan(piece.first, piece.count);
      using enum lambda::GivenUp::Why;
      if (!co_await give_up(records, retries_exhausted, piece.invocations, result)) co_return;
      const std::size_t done = piece.first + piece.count;
      todo.pop_back();
      co_await settled(batch, done);
      co_return;
    }
  }
  co_await pause(lambda::retry_pause(piece.in_a_row, lambda::random_fraction()));
}

// The window's last invocation, without records; what it answers is not carried on.
asio::awaitable<void> ShardLane::close_window() {
  closing_ = true;
  unsigned invocations = 0, in_a_row = 0;
  int failures = 0;
  while (!stopping_) {
    const Try result = co_await attempt({});
    if (result.kind == Try::Kind::answered) break;
    if (stopping_) break;
    ++in_a_row;
    if (result.kind == Try::Kind::failed) {
      ++invocations;
      if (!retries_left(++failures)) {
        using enum lambda::GivenUp::Why;
        if (co_await give_up({}, retries_exhausted, invocations, result)) break;
        continue;
      }
    }
    co_await pause(lambda::retry_pause(in_a_row, lambda::random_fraction()));
  }
  closing_ = false;
  if (stopping_) co_return;
  window_.reset();
  owner_.progressed();
}

lambda::FunctionPtr ShardLane::mapped_function(const lambda::Mapping& m) const {
  return shared_.functions.choose(m.account, m.region, m.function,
                                  m.qualifier.empty() ? lambda::kLatest : m.qualifier);
}

asio::awaitable<ShardLane::Try> ShardLane::attempt(std::span<const EventRecord> records) {
  const lambda::MappingPtr mapping = owner_.mapping();
  const lambda::FunctionPtr target = mapped_function(*mapping);
  if (!target) {
    say("PROBLEM: Function does not exist");
    co_return Try{};
  }
  const lambda::EventWindow window{window_ ? &*window_ : nullptr, records.empty()};
  std::string event = lambda::kinesis_event(event_source(target->role), records, window);
  lambda::InvokeContext context;
  context.function_arn = mapping->function_arn;
  const auto result = co_await shared_.runner.invoke(shared_.functions.spec_of(*target), std::move(event),
                                                     std::move(context));
  if (result.has_error()) {
    if (!stopping_) {
      say("PROBLEM: Function call failed");
      log::warning(
          "mapping_invoke_failed",
          {{"mapping", mapping->uuid}, {"shard", owner_.shard().name}, {"reason", result.error().detail}});
    }
    co_return Try{};
  }
  Try out{Try::Kind::failed, 0, result->request_id, result->function_error, target->version};
  const bool last = records.empty();
  std::optional<std::string> state;
  if (window_ && !last && !out.function_error) state = lambda::read_window_answer(result->payload);
  if (!out.function_error && (!window_ || last || state)) {
    out.kind = Try::Kind::answered;
    out.settled = mapping->report_batch_item_failures && !last
                      ? lambda::read_batch_answer(result->payload, records).settled
                      : records.size();
    if (state && out.settled > 0) window_->state = std::move(*state);
  }
  if (out.kind == Try::Kind::answered && out.settled == records.size()) {
    say("OK");
  } else if (!stopping_) {
    say("PROBLEM: Function call failed");
    log_failure(records.subspan(out.settled), out, result->payload);
  }
  co_return out;
}

asio::awaitable<void> ShardLane::pause(milliseconds time) {
  if (!stopping_) co_await wake_.wait(steady_clock::now() + time);
}

std::size_t ShardLane::count_expired(std::span<const EventRecord> records) const {
  const int age = owner_.mapping()->maximum_record_age_s;
  const storage::Bounds bounds = shared_.log.known_bounds(owner_.shard().id);
  const Time now = shared_.clock.now();
  const auto expired = [&](const EventRecord& r) {
    if (r.record.index < bounds.first) return true;
    return age >= 0 && now - r.record.arrival >= seconds(age);
  };
  const auto fresh = std::find_if_not(records.begin(), records.end(), expired);
  return static_cast<std::size_t>(fresh - records.begin());
}

}  // namespace millrace::functions
