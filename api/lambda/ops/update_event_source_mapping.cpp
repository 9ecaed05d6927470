// UpdateEventSourceMapping: other settings, another function, on and off; the checkpoints stay.
// Source: Lambda API reference, UpdateEventSourceMapping.
#include "api/lambda/mappings/mapping_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr auto kInput = shape<MappingInput>(
    field("UUID", &MappingInput::uuid, required, in_path),
    field("FunctionName", &MappingInput::function, kMappedFunction), field("Enabled", &MappingInput::enabled),
    field("BatchSize", &MappingInput::batch_size, range(1, 10000)),
    field("FilterCriteria", &MappingInput::filters, kFilterCriteria),
    field("MaximumBatchingWindowInSeconds", &MappingInput::batching_window_s, range(0, 300)),
    field("DestinationConfig", &MappingInput::destinations, kDestinations),
    field("MaximumRecordAgeInSeconds", &MappingInput::maximum_record_age_s, range(-1, 604800)),
    field("BisectBatchOnFunctionError", &MappingInput::bisect),
    field("MaximumRetryAttempts", &MappingInput::maximum_retry_attempts, range(-1, 10000)),
    field("ParallelizationFactor", &MappingInput::parallelization, range(1, 10)),
    field("TumblingWindowInSeconds", &MappingInput::tumbling_window_s, range(0, 900)),
    field("FunctionResponseTypes", &MappingInput::response_types, length(0, 1),
          each(required, kResponseType)),
    field("MetricsConfig", &MappingInput::metrics), field("KMSKeyArn", &MappingInput::key), kScalingConfig,
    kSourceAccess, kManagedKafka, kSelfManagedKafka, kDocumentDb, kPollers, kSourceLogging);

// What clients see until the readers have followed.
std::string state_after(const Mapping& before, const Mapping& now) {
  if (before.enabled == now.enabled) return now.enabled ? "Updating" : "Disabled";
  return now.enabled ? "Enabling" : "Disabling";
}

asio::awaitable<MappingOutput> update_event_source_mapping(Lambda& lambda, const Caller& caller,
                                                           MappingInput in) {
  const MappingPtr before = mapping_named(lambda, caller, in.uuid);
  check_settings(in);
  co_await check_destination(lambda, caller, in, before->source_arn);
  std::optional<Target> function;
  if (in.function) function = mapped_function(lambda, caller, "UpdateEventSourceMapping", *in.function);
  const Time now = lambda.clock.now();
  std::function<void(Mapping&)> change = [&](Mapping& mapping) {
    apply_settings(mapping, in);
    mapping.modified = now;
    if (function) set_function(mapping, *function);
  };
  const MappingPtr mapping = co_await lambda.mappings.update(before->uuid, std::move(change));
  lambda.mappings.set_state(mapping->uuid, state_after(*before, *mapping));
  MappingOutput out = describe(*mapping, lambda.mappings.progress(mapping->uuid));
  lambda.mapping_parts.control.changed(mapping->uuid);
  co_return out;
}

}  // namespace

extern const Operation kUpdateEventSourceMapping;
const Operation kUpdateEventSourceMapping =
    operation("UpdateEventSourceMapping", kInput, kMapping, update_event_source_mapping)
        .http("PUT", "/2015-03-31/event-source-mappings/{UUID}", 202)
        .writes()
        .on(mapping_of);

}  // namespace millrace::lambda
