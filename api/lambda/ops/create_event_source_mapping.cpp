// CreateEventSourceMapping: a function that a stream's records are handed to.
// Source: Lambda API reference, CreateEventSourceMapping.
#include "api/core/arn.h"
#include "api/lambda/errors.h"
#include "api/lambda/mappings/mapping_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

constexpr auto kInput = shape<MappingInput>(
    field("EventSourceArn", &MappingInput::source, kSourceArn),
    field("FunctionName", &MappingInput::function, required, kMappedFunction),
    field("Enabled", &MappingInput::enabled), field("BatchSize", &MappingInput::batch_size, range(1, 10000)),
    field("FilterCriteria", &MappingInput::filters, kFilterCriteria),
    field("MaximumBatchingWindowInSeconds", &MappingInput::batching_window_s, range(0, 300)),
    field("ParallelizationFactor", &MappingInput::parallelization, range(1, 10)),
    field("StartingPosition", &MappingInput::starting_position, kStartingPosition),
    field("StartingPositionTimestamp", &MappingInput::starting_timestamp),
    field("DestinationConfig", &MappingInput::destinations, kDestinations),
    field("MaximumRecordAgeInSeconds", &MappingInput::maximum_record_age_s, range(-1, 604800)),
    field("BisectBatchOnFunctionError", &MappingInput::bisect),
    field("MaximumRetryAttempts", &MappingInput::maximum_retry_attempts, range(-1, 10000)),
    field("TumblingWindowInSeconds", &MappingInput::tumbling_window_s, range(0, 900)),
    field("FunctionResponseTypes", &MappingInput::response_types, length(0, 1),
          each(required, kResponseType)),
    field("MetricsConfig", &MappingInput::metrics), field("KMSKeyArn", &MappingInput::key),
    field("Tags", &MappingInput::tags), field("Topics", &MappingInput::topics),
    field("Queues", &MappingInput::queues), field("SelfManagedEventSource", &MappingInput::self_managed),
    kScalingConfig, kSourceAccess, kManagedKafka, kSelfManagedKafka, kDocumentDb, kPollers, kSourceLogging);

// The name of the stream of an ARN of this caller, which may be a consumer's:
// stream/NAME/consumer/NAME:CREATED.
std::string stream_of(const Caller& caller, const std::string& arn) {
  const std::string own = arn_of("kinesis", caller.region, caller.account, "stream/");
  if (arn.find(":kinesis:") == std::string::npos) throw unrecognized_source();
  if (!arn.starts_with(own)) throw source_not_found(arn);
  const std::string rest = arn.substr(own.size()), name = rest.substr(0, rest.find('/'));
  const std::string behind = rest.substr(name.size());
  if (!behind.empty() && !behind.starts_with("/consumer/")) throw source_not_found(arn);
  return name;
}

void check_start(const MappingInput& in, Time now) {
  if (!in.starting_position) throw starting_position_missing();
  const bool by_time = *in.starting_position == "AT_TIMESTAMP";
  if (by_time != in.starting_timestamp.has_value()) throw starting_timestamp_misplaced(by_time);
  if (by_time && *in.starting_timestamp > now) throw starting_timestamp_in_future();
}

// LATEST begins behind what there is when the request is answered.
asio::awaitable<Mappings::ShardCheckpoints> latest(storage::ShardLog& log, const SourceStream& stream) {
  Mappings::ShardCheckpoints out;
  for (const SourceShard& shard : stream.shards) {
    const storage::Bounds bounds = or_throw(co_await log.bounds(shard.id));
    out.emplace_back(shard.id.shard, Checkpoint{stream.number, bounds.next, shard.closed});
  }
  co_return out;
}

asio::awaitable<MappingOutput> create_event_source_mapping(Lambda& lambda, const Caller& caller,
                                                           MappingInput in) {
  if (!in.source) throw unrecognized_source();
  check_start(in, lambda.clock.now());
  check_settings(in);
  const std::string name = stream_of(caller, *in.source);
  const Target function = mapped_function(lambda, caller, "CreateEventSourceMapping", *in.function);
  const auto stream = lambda.mapping_parts.streams.find(caller, name);
  if (!stream) throw source_not_found(*in.source);
  const FunctionPtr reader = lambda.functions.find(function.account, function.region, function.name);
  Principal acting = acting_for(reader, caller.account, caller.region);
  if (co_await reading_denied(lambda.mapping_parts.role_check, std::move(acting), name))
    throw source_not_accessible(*in.source);

  Mapping mapping;
  mapping.uuid = new_uuid();
  mapping.account = caller.account;
  mapping.region = caller.region;
  mapping.source_arn = *in.source;
  mapping.stream = name;
  set_function(mapping, function);
  mapping.starting_position = *in.starting_position;
  mapping.starting_timestamp = in.starting_timestamp;
  mapping.modified = lambda.clock.now();
  if (!mapping.reads_from(*stream)) throw source_not_found(*in.source);
  co_await check_destination(lambda, caller, in, mapping.source_arn);
  apply_settings(mapping, in);
  if (in.tags) mapping.tags = std::move(*in.tags);
  const MappingOutput out = describe(mapping, {});
  Mappings::ShardCheckpoints start;
  if (mapping.starting_position == "LATEST") start = co_await latest(lambda.mapping_parts.log, *stream);
  co_await lambda.mappings.create(std::move(mapping), std::move(start));
  lambda.mapping_parts.control.changed(out.uuid);
  co_return out;
}

}  // namespace

extern const Operation kCreateEventSourceMapping;
const Operation kCreateEventSourceMapping =
    operation("CreateEventSourceMapping", kInput, kMapping, create_event_source_mapping)
        .http("POST", "/2015-03-31/event-source-mappings", 202)
        .writes()
        .on(mapping_of);

}  // namespace millrace::lambda
