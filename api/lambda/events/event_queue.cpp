#include "api/lambda/events/event_queue.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "api/core/rows.h"
#include "api/core/shape.h"
#include "api/lambda/acting.h"
#include "api/lambda/errors.h"
#include "api/lambda/events/event_rows.h"

namespace millrace::lambda {

namespace {

// What becomes of events, as the counter has it and rows keep it.
constexpr const char *kDone = "done", *kRetriesExhausted = "retries_exhausted", *kTooOld = "too_old",
                     *kFunctionDeleted = "function_deleted";

Counter& settled_counter(Probes& probes, const std::string& how) {
  return probes.counter("millrace_lambda_events_settled_total",
                        "Completed and dropped asynchronous invocations, by outcome", {{"outcome", how}});
}

}  // namespace

EventQueue::EventQueue(asio::any_io_executor executor, storage::Catalog& catalog, Functions& functions,
                       FunctionRunner& runner, Destinations& destinations, const Clock& clock, Probes& probes,
                       EventQueueOptions options)
    : catalog_(catalog),
      functions_(functions),
      runner_(runner),
      destinations_(destinations),
      clock_(clock),
      options_(std::move(options)),
      probes_(probes),
      accepted_(probes.counter("millrace_lambda_events_accepted_total",
                               "Asynchronous invocations accepted (CloudWatch: AsyncEventsReceived)")),
      undelivered_(probes.counter("millrace_lambda_event_destination_failures_total",
                                  "Failed deliveries of notifications about asynchronous invocations; they "
                                  "are retried (CloudWatch: DestinationDeliveryFailures)")),
      unsettled_gauge_(probes.gauge("millrace_lambda_events_unsettled",
                                    "Accepted asynchronous invocations that are not complete")),
      set_aside_gauge_(probes.gauge("millrace_lambda_events_set_aside",
                                    "Asynchronous invocations that were set aside because the server ended "
                                    "or failed while processing them; millrace doctor lists them")),
      strand_(asio::make_strand(std::move(executor))),
      timer_(strand_) {
  for (const char* outcome : {kDone, kRetriesExhausted, kTooOld, kFunctionDeleted})
    settled_counter(probes, outcome);
  load();
}

// The counts are taken before the bounds are looked at, so that two at once cannot both have the last place.
void EventQueue::reserve(std::uint64_t bytes) {
  const std::size_t events = ++events_;
  const std::uint64_t all_bytes = bytes_ += bytes;
  if (events <= options_.max_events && all_bytes <= options_.max_bytes) return;
  release(bytes);
  throw event_queue_full();
}

void EventQueue::release(std::uint64_t bytes) {
  --events_;
  bytes_ -= bytes;
}

asio::awaitable<void> EventQueue::accept(FunctionPtr function, std::string qualifier, std::string request_id,
                                         std::string payload) {
  Event event;
  event.account = function->account;
  event.region = function->region;
  event.function = function->name;
  event.qualifier = std::move(qualifier);
  event.request_id = std::move(request_id);
  event.accepted = clock_.now();
  event.bytes = payload.size();
  reserve(event.bytes);
  event.number = next_number_++;
  storage::CatalogBatch batch;
  batch.put(kEventPrefix + event_digits(event.number), row_of(event));
  batch.put(kPayloadPrefix + event_digits(event.number), std::move(payload));
  storage::Result<void> written = co_await catalog_.write(std::move(batch));
  if (written.has_error()) release(event.bytes);
  or_throw(std::move(written));
  accepted_.add();
  unsettled_gauge_.set(static_cast<double>(events_.load()));
  asio::post(strand_, [this, event = std::move(event)]() mutable { add(std::move(event)); });
}

void EventQueue::start() {
  if (options_.duties)
    duties_moved_ = options_.duties->on_change([this] { asio::post(strand_, [this] { dispatch(); }); });
  {
    const std::lock_guard lock(running_mutex_);
    started_ = true;
  }
  asio::post(strand_, [this] { dispatch(); });
}

void EventQueue::stop() {
  duties_moved_ = {};
  {
    const std::lock_guard lock(running_mutex_);
    started_ = false;
  }
  asio::post(strand_, [this] { timer_.cancel(); });
}

bool EventQueue::join(std::chrono::milliseconds patience) {
  std::unique_lock lock(running_mutex_);
  return none_running_.wait_for(lock, patience, [this] { return running_ == 0; });
}

bool EventQueue::started() {
  const std::lock_guard lock(running_mutex_);
  return started_;
}

bool EventQueue::begin_run() {
  if (options_.duties && !options_.duties->mine("events")) return false;
  const std::lock_guard lock(running_mutex_);
  if (!started_ || running_ >= options_.max_running) return false;
  ++running_;
  return true;
}

void EventQueue::end_run() {
  const std::lock_guard lock(running_mutex_);
  if (--running_ == 0) none_running_.notify_all();
}

void EventQueue::add(Event event) {
  lanes_[event.key()].ready.push_back(std::move(event));
  dispatch();
}

// Functions take turns, by name.
std::map<std::string, EventQueue::Lane>::iterator EventQueue::next_lane() {
  auto it = lanes_.upper_bound(last_lane_);
  for (std::size_t seen = 0; seen < lanes_.size(); ++seen, ++it) {
    if (it == lanes_.end()) it = lanes_.begin();
    const Lane& lane = it->second;
    const unsigned most = it->first == kSuspects ? 1 : options_.max_running_of_a_function;
    if (!lane.ready.empty() && lane.running < most) return it;
  }
  return lanes_.end();
}

void EventQueue::dispatch() {
  for (;;) {
    const auto it = next_lane();
    if (it == lanes_.end() || !begin_run()) return;
    last_lane_ = it->first;
    Event event = std::move(it->second.ready.front());
    it->second.ready.pop_front();
    ++it->second.running;
    asio::co_spawn(strand_, run(std::move(event)),
                   [this, lane = it->first](const std::exception_ptr& failure) {
                     if (failure) options_.report("event_run_failed", "", "out of memory");
                     const auto at = lanes_.find(lane);
                     if (--at->second.running == 0 && at->second.ready.empty()) lanes_.erase(at);
                     end_run();
                     dispatch();
                   });
  }
}

// Not after `stop`, which has cancelled the timer: what runs the strand would wait for it.
void EventQueue::arm() {
  if (delayed_.empty() || !started()) return;
  timer_.expires_at(delayed_.begin()->first);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) take_due();
  });
}

void EventQueue::take_due() {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    Event event = std::move(delayed_.begin()->second);
    delayed_.erase(delayed_.begin());
    lanes_[event.key()].ready.push_back(std::move(event));
  }
  dispatch();
  arm();
}

// The disk and memory are not the event's fault: it is tried again. All else that fails here is.
asio::awaitable<void> EventQueue::run(Event event) {
  const bool suspect = event.recovered;
  std::string failure;
  bool own_fault = false;
  try {
    if (suspect) co_await mark(event);
    event.recovered = false;
    co_await attempt(event);
  } catch (const StorageFailure& e) {
    failure = e.what();
  } catch (const std::bad_alloc& e) {
    failure = e.what();
  } catch (const std::exception& e) {
    failure = e.what();
    own_fault = true;
  }
  if (!failure.empty()) {
    options_.report("event_failed", event.request_id, failure);
    if (own_fault && ++event.failures >= options_.max_failures) co_return set_aside(event, failure);
    postpone(event);
  }
  if (suspect) co_await unmark(event);
}

EventInvokeConfig EventQueue::config_of(const Event& event) const {
  const FunctionPtr latest = functions_.find(event.account, event.region, event.function);
  if (!latest) return {};
  const auto it = latest->event_configs.find(event.qualifier);
  return it == latest->event_configs.end() ? EventInvokeConfig{} : it->second;
}

asio::awaitable<void> EventQueue::attempt(Event& event) {
  if (!event.tell.empty() || !event.dead_letter.empty()) co_return co_await tell(event);
  const FunctionPtr function =
      functions_.choose(event.account, event.region, event.function, event.qualifier);
  if (!function) {
    event.outcome = kFunctionDeleted;
    co_return co_await settle(event);
  }
  const EventInvokeConfig config = config_of(event);
  std::string payload =
      or_throw(co_await catalog_.fetch(kPayloadPrefix + event_digits(event.number))).value_or("{}");
  const auto max_age = config.max_age_s ? std::chrono::seconds(*config.max_age_s) : options_.max_age;
  if (clock_.now() - event.accepted > max_age)
    co_return co_await end(event, function, Condition::too_old, std::move(payload), std::nullopt);
  InvokeContext context;
  context.request_id = event.request_id;  // the same for each attempt
  if (event.qualifier != kLatest) context.function_arn = function->arn() + ":" + event.qualifier;
  auto result = co_await run_function(functions_, runner_, function, payload, std::move(context));
  if (result.has_error() && result.error().why != NotRun::Why::code) {
    postpone(event);
    co_return;
  }
  std::optional<EventOutcome::Response> response;
  if (result.has_value())
    response = EventOutcome::Response{function->version, std::move(result->payload), result->function_error};
  if (result.has_value() && !result->function_error)
    co_return co_await end(event, function, Condition::success, std::move(payload), std::move(response));
  const std::size_t retries =
      config.retries ? static_cast<std::size_t>(*config.retries) : options_.retry_delays.size();
  if (event.attempts < std::min(retries, options_.retry_delays.size()))
    co_return co_await retry(event, options_.retry_delays[event.attempts]);
  co_await end(event, function, Condition::retries_exhausted, std::move(payload), std::move(response));
}

asio::awaitable<void> EventQueue::end(Event& event, const FunctionPtr& function, Condition condition,
                                      std::string request, std::optional<EventOutcome::Response> response) {
  const bool success = condition == Condition::success;
  event.outcome = success ? kDone : condition == Condition::too_old ? kTooOld : kRetriesExhausted;
  const EventInvokeConfig config = config_of(event);
  Event told = event;
  told.tell = success ? config.on_success : config.on_failure;
  if (!success) told.dead_letter = function->dead_letter;
  if (told.tell.empty() && told.dead_letter.empty()) co_return co_await settle(event);
  EventOutcome outcome{condition, event.request_id, function->arn() + ":" + event.qualifier};
  outcome.invocations = response ? event.attempts + 1 : std::max(1u, event.attempts);
  outcome.request = request;
  outcome.response = std::move(response);
  // From here on it is told, not run again, whatever happens.
  storage::CatalogBatch batch;
  batch.put(kEventPrefix + event_digits(event.number), row_of(told));
  batch.put(kPayloadPrefix + event_digits(event.number), event_notice(outcome, clock_.now()));
  if (!told.dead_letter.empty())
    batch.put(kDeadLetterPrefix + event_digits(event.number), std::move(request));
  or_throw(co_await catalog_.write(std::move(batch)));
  event = std::move(told);
  event.postponements = 0;
  co_await tell(event);
}

// For as long as the destination may still take it, as an event may be run.
asio::awaitable<void> EventQueue::tell(Event& event) {
  if (!event.tell.empty() && co_await bring(event, event.tell, kPayloadPrefix, undelivered_)) {
    event.tell.clear();
    event.postponements = 0;
    if (event.dead_letter.empty()) co_return co_await settle(event);
    storage::CatalogBatch batch;
    batch.put(kEventPrefix + event_digits(event.number), row_of(event));
    or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  }
  if (event.tell.empty() &&
      co_await bring(event, event.dead_letter, kDeadLetterPrefix, *dead_letter_errors(event)))
    co_return co_await settle(event);
  postpone(event);
}

asio::awaitable<bool> EventQueue::bring(const Event& event, std::string where,
                                        std::string_view payload_prefix, Counter& failures) {
  std::optional<std::string> payload =
      or_throw(co_await catalog_.fetch(std::string(payload_prefix) + event_digits(event.number)));
  const auto told = co_await deliver(event, std::move(where), std::move(payload).value_or("{}"));
  if (told.has_value()) co_return true;
  failures.add();
  co_return clock_.now() - event.accepted > 2 * options_.max_age;
}

std::shared_ptr<Counter> EventQueue::dead_letter_errors(const Event& event) {
  return probes_.held_counter("millrace_lambda_dead_letter_errors_total",
                              "Failed deliveries of events to the dead-letter destination; they are retried "
                              "(CloudWatch: DeadLetterErrors)",
                              function_labels(event.account, event.region, event.function));
}

asio::awaitable<std::optional<std::string>> EventQueue::invoking_denied(const Event& event,
                                                                        FunctionName target,
                                                                        std::string qualifier) {
  if (!options_.role_check) co_return std::nullopt;
  const FunctionPtr function = functions_.find(event.account, event.region, event.function);
  std::string name = std::move(target.name);
  if (target.qualifier) name += ":" + qualifier;
  Resource resource{"lambda", event.region, event.account, "function", std::move(name), ':'};
  Principal acting = acting_for(function, event.account, event.region);
  co_return co_await options_.role_check(std::move(acting), "lambda:InvokeFunction", std::move(resource));
}

asio::awaitable<storage::Result<void>> EventQueue::deliver(const Event& event, std::string where,
                                                           std::string notice) {
  const auto destination = parse_destination(where, event.account, event.region);
  if (!destination)
    co_return storage::Error{storage::Errc::not_found, "this server does not support the destination"};
  if (destination->kind == Destination::Kind::function) {
    const FunctionName name = parse_function_name(destination->name);
    const std::string qualifier = name.qualifier.value_or(kLatest);
    FunctionPtr function = functions_.choose(event.account, event.region, name.name, qualifier);
    if (!function) co_return storage::Error{storage::Errc::not_found, "the function does not exist"};
    if (const auto denied = co_await invoking_denied(event, name, qualifier))
      co_return storage::Error{storage::Errc::io, *denied};
    co_await accept(std::move(function), qualifier, new_uuid(), std::move(notice));
    co_return storage::Result<void>();
  }
  const FunctionPtr function = functions_.find(event.account, event.region, event.function);
  Delivery delivery{acting_for(function, event.account, event.region), *destination, {}, {}};
  delivery.key = event_object_key(event.function, clock_.now(), new_uuid());
  delivery.body = std::move(notice);
  co_return co_await destinations_.deliver(std::move(delivery));
}

// The rows go lazily: should a power loss bring them back, the event is run once more.
asio::awaitable<void> EventQueue::settle(const Event& event) {
  storage::CatalogBatch batch;
  batch.remove(kEventPrefix + event_digits(event.number));
  batch.remove(kPayloadPrefix + event_digits(event.number));
  batch.remove(kDeadLetterPrefix + event_digits(event.number));
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  release(event.bytes);
  unsettled_gauge_.set(static_cast<double>(events_.load()));
  settled_counter(probes_, event.outcome).add();
}

asio::awaitable<void> EventQueue::retry(Event& event, std::chrono::milliseconds delay) {
  ++event.attempts;
  event.postponements = 0;
  storage::CatalogBatch batch;
  batch.put(kEventPrefix + event_digits(event.number), row_of(event));
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
  wait(event, delay);
}

void EventQueue::postpone(Event& event) {
  const auto longest = options_.greatest_postponement;
  std::chrono::milliseconds delay = options_.first_postponement;
  for (unsigned i = 0; i < event.postponements && delay < longest; ++i) delay *= 2;
  ++event.postponements;
  wait(event, std::min(delay, longest));
}

void EventQueue::wait(const Event& event, std::chrono::milliseconds delay) {
  delayed_.emplace(std::chrono::steady_clock::now() + delay, event);
  arm();
}

}  // namespace millrace::lambda
