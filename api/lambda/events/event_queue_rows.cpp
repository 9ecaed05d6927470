// The rows of the event queue: what a start finds, and what is set aside.
#include "api/core/rows.h"
#include "api/core/shape.h"
#include "api/lambda/events/event_queue.h"
#include "api/lambda/events/event_rows.h"

namespace millrace::lambda {

std::string EventQueue::row_of(const Event& e) {
  return Json{{"version", 1},
              {"account", e.account},
              {"region", e.region},
              {"function", e.function},
              {"qualifier", e.qualifier},
              {"request_id", e.request_id},
              {"accepted_ms", ms_of(e.accepted)},
              {"bytes", e.bytes},
              {"attempts", e.attempts},
              {"tell", e.tell},
              {"dead_letter", e.dead_letter},
              {"outcome", e.outcome}}
      .dump();
}

std::string EventQueue::Event::key() const {
  return recovered && crashes > 0 ? kSuspects : account + "/" + region + "/" + function;
}

EventQueue::Event EventQueue::event_of(const storage::Row& row) {
  const Json j = parse_row(row.value, "an event's");
  Event e;
  e.number = std::stoull(row.key.substr(kEventPrefix.size()));
  e.account = j.at("account");
  e.region = j.at("region");
  e.function = j.at("function");
  e.qualifier = j.value("qualifier", std::string(kLatest));
  e.request_id = j.at("request_id");
  e.accepted = time_of(j.at("accepted_ms"));
  e.bytes = j.at("bytes");
  e.attempts = j.at("attempts");
  e.tell = j.value("tell", std::string());
  e.dead_letter = j.value("dead_letter", std::string());
  e.outcome = j.value("outcome", std::string());
  return e;
}

std::map<std::uint64_t, unsigned> EventQueue::load_crashes() {
  std::map<std::uint64_t, unsigned> out;
  const auto crashes_of = [](const std::string& row) -> unsigned {
    return parse_row(row, "an event's").at("crashes");
  };
  if (!options_.after_crash) return out;  // kill -9 says nothing of an event; what it left is written over
  load_rows(catalog_, kCrashPrefix, unreadable_, crashes_of,
            [&out](const storage::Row& row, unsigned crashes) {
              out[std::stoull(row.key.substr(kCrashPrefix.size()))] = crashes;
            });
  return out;
}

void EventQueue::load() {
  const std::map<std::uint64_t, unsigned> crashes = load_crashes();
  for_each_row(catalog_, kEventPrefix, [&](const storage::Row& row) {
    Event event;
    event.number = std::stoull(row.key.substr(kEventPrefix.size()));
    next_number_ = event.number + 1;
    try {
      event = event_of(row);
    } catch (const std::exception& e) {
      unreadable_.push_back({row.key, e.what()});
      return;
    }
    ++events_;
    bytes_ += event.bytes;
    event.recovered = true;
    if (const auto it = crashes.find(event.number); it != crashes.end()) event.crashes = it->second;
    if (event.crashes >= options_.max_crashes)
      return set_aside(
          event, "the server ended " + std::to_string(event.crashes) + " times while it processed the event");
    lanes_[event.key()].ready.push_back(std::move(event));
  });
  unsettled_gauge_.set(static_cast<double>(events_.load()));
}

std::vector<SetAsideEvent> EventQueue::set_aside() const {
  const std::lock_guard lock(set_aside_mutex_);
  return set_aside_;
}

void EventQueue::set_aside(const Event& event, const std::string& reason) {
  options_.report("event_set_aside", event.request_id, reason);
  const std::string arn = function_arn(event.account, event.region, event.function) + ":" + event.qualifier;
  const std::lock_guard lock(set_aside_mutex_);
  set_aside_.push_back({arn, event.request_id, reason});
  set_aside_gauge_.set(static_cast<double>(set_aside_.size()));
}

// Lazily: what the server does not survive leaves it written.
asio::awaitable<void> EventQueue::mark(const Event& event) {
  storage::CatalogBatch batch;
  batch.put(kCrashPrefix + event_digits(event.number),
            Json{{"version", 1}, {"crashes", event.crashes + 1}}.dump());
  or_throw(co_await catalog_.write(std::move(batch), storage::Sync::lazy));
}

asio::awaitable<void> EventQueue::unmark(const Event& event) {
  storage::CatalogBatch batch;
  batch.remove(kCrashPrefix + event_digits(event.number));
  const auto removed = co_await catalog_.write(std::move(batch), storage::Sync::lazy);
  if (removed.has_error())
    options_.report("event_mark_removal_failed", event.request_id, removed.error().detail);
}

}  // namespace millrace::lambda
