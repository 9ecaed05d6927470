// What a lane gives up, and how its on-failure destination is told.
#include "api/lambda/acting.h"
#include "api/lambda/invocation.h"
#include "server/log.h"
#include "server/mappings/shard_lane.h"

namespace millrace::functions {

namespace asio = boost::asio;
using lambda::EventRecord;

void ShardLane::log_failure(std::span<const EventRecord> records, const Try& result,
                            std::string_view answer) const {
  constexpr std::size_t kShown = 300;
  std::string reason = "the function reported batch item failures";
  if (result.function_error)
    reason = lambda::error_message_of(answer).value_or(*result.function_error);
  else if (window_ && result.kind == Try::Kind::failed)
    reason = "the response of the function does not contain a state";
  const bool any = !records.empty();
  log::warning("batch_failed", {{"mapping", owner_.mapping()->uuid},
                                {"function", owner_.mapping()->function_arn},
                                {"request_id", result.request_id},
                                {"shard", owner_.shard().name},
                                {"first", any ? records.front().sequence_number : ""},
                                {"last", any ? records.back().sequence_number : ""},
                                {"records", records.size()},
                                {"reason", reason.substr(0, kShown)}});
}

asio::awaitable<bool> ShardLane::give_up(std::span<const EventRecord> records, lambda::GivenUp::Why why,
                                         unsigned invocations, Try last) {
  lambda::GivenUp batch;
  batch.why = why;
  batch.request_id = last.request_id.empty() ? new_uuid() : std::move(last.request_id);
  batch.invocations = std::max(1u, invocations);
  batch.function_error = std::move(last.function_error);
  batch.version = std::move(last.version);
  batch.records = records;
  batch.window = window_ ? &*window_ : nullptr;
  for (unsigned failures = 1; !stopping_; ++failures) {
    const std::string destination = owner_.mapping()->on_failure;  // it may be changed while it fails
    batch.function_arn = owner_.mapping()->function_arn;
    if (destination.empty()) break;
    const auto told = co_await tell(batch, destination);
    if (told.has_value()) break;
    count("millrace_lambda_destination_delivery_failures_total",
          "Failed deliveries of notifications to on-failure destinations; they are retried (CloudWatch: "
          "DestinationDeliveryFailures)",
          1);
    log::error("destination_delivery_failed", {{"mapping", owner_.mapping()->uuid},
                                               {"shard", owner_.shard().name},
                                               {"destination", destination},
                                               {"reason", told.error().detail}});
    say("PROBLEM: The on-failure destination cannot be reached");
    co_await pause(lambda::retry_pause(failures, lambda::random_fraction()));
  }
  if (stopping_) co_return false;
  count_given_up(batch);
  co_return true;
}

asio::awaitable<storage::Result<void>> ShardLane::tell(const lambda::GivenUp& given_up,
                                                       const std::string& destination) {
  const lambda::MappingPtr mapping = owner_.mapping();
  const auto parsed = lambda::parse_destination(destination, mapping->account, mapping->region);
  if (!parsed)
    co_return storage::Error{storage::Errc::not_found, "this server does not support the destination"};
  lambda::GivenUp batch = given_up;
  const lambda::FunctionPtr target = mapped_function(*mapping);
  batch.source = event_source(target ? target->role : "");
  batch.stream_arn = mapping->stream_arn();
  const Time now = shared_.clock.now();
  lambda::Delivery delivery{lambda::acting_for(target, mapping->account, mapping->region), *parsed, {}, {}};
  const bool whole = parsed->kind == lambda::Destination::Kind::bucket;
  delivery.body = lambda::failure_notice(batch, now, whole);
  delivery.key = lambda::failure_object_key(mapping->uuid, owner_.shard().name, now, new_uuid());
  co_return co_await shared_.destinations.deliver(std::move(delivery));
}

void ShardLane::count_given_up(const lambda::GivenUp& batch) {
  const bool too_old = batch.why == lambda::GivenUp::Why::record_too_old;
  const lambda::Mapping& mapping = *owner_.mapping();
  count("millrace_lambda_event_source_dropped_records_total",
        "Records dropped by an event source mapping after the function failed to process them",
        batch.records.size());
  const bool any = !batch.records.empty();
  log::warning("records_dropped", {{"mapping", mapping.uuid},
                                   {"function", mapping.function_arn},
                                   {"shard", owner_.shard().name},
                                   {"first", any ? batch.records.front().sequence_number : ""},
                                   {"last", any ? batch.records.back().sequence_number : ""},
                                   {"records", batch.records.size()},
                                   {"destination", mapping.on_failure},
                                   {"reason", too_old ? "too old" : "retry attempts exhausted"}});
}

void ShardLane::count(const char* name, const char* help, std::uint64_t how_many) const {
  const lambda::Mapping& m = *owner_.mapping();
  shared_.probes.held_counter(name, help, lambda::function_labels(m.account, m.region, m.function))
      ->add(how_many);
}

}  // namespace millrace::functions
