// What the operations on event source mappings have in common. Source: botocore lambda/2015-03-31;
// constraints and the always present members of the answer: LocalStack's recordings of AWS.
#pragma once

#include "api/lambda/mappings/mapping_store.h"
#include "api/lambda/names.h"
#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

inline constexpr Rules kSourceArn = rules(pattern(
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:("
    "\\d{12})?:(.*)"));
inline constexpr Rules kMappedFunction = rules(length(1, 170), kFunctionNamePattern);
inline constexpr Rules kStartingPosition = one_of<"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON">;
inline constexpr Rules kResponseType = one_of<"ReportBatchItemFailures">;

struct FilterText {
  std::optional<std::string> pattern;
};
inline constexpr auto kFilter = shape<FilterText>(field("Pattern", &FilterText::pattern, length(0, 4096)));
struct FilterTexts {
  std::optional<std::vector<FilterText>> filters;
};
inline constexpr auto kFilterCriteria = shape<FilterTexts>(field("Filters", &FilterTexts::filters, kFilter));

struct DestinationText {
  std::optional<std::string> destination;
};
inline constexpr auto kDestination =
    shape<DestinationText>(field("Destination", &DestinationText::destination, length(0, 350)));
struct DestinationTexts {
  std::optional<DestinationText> on_success, on_failure;
};
inline constexpr auto kDestinations =
    shape<DestinationTexts>(field("OnSuccess", &DestinationTexts::on_success, kDestination),
                            field("OnFailure", &DestinationTexts::on_failure, kDestination));

// What a request names; empty for none.
[[nodiscard]] inline std::string named(const std::optional<DestinationText>& text) {
  return text ? text->destination.value_or("") : "";
}

struct MappingInput {
  std::string uuid;                                      // of an update
  std::optional<std::string> source, starting_position;  // of a creation
  std::optional<Time> starting_timestamp;                // likewise
  std::optional<std::string> function;
  std::optional<bool> enabled, bisect;
  std::optional<int> batch_size, batching_window_s, parallelization, maximum_record_age_s,
      maximum_retry_attempts, tumbling_window_s;
  std::optional<std::vector<std::string>> response_types;
  std::optional<FilterTexts> filters;
  std::optional<DestinationTexts> destinations;
  std::optional<std::map<std::string, std::string>> tags;  // of a creation
  std::optional<Json> metrics, key;                        // taken when they ask for nothing
  // Likewise; of sources that are not streams.
  std::optional<Json> topics, queues, self_managed, scaling, access, kafka, self_managed_kafka, document_db,
      pollers, logging;
};
inline constexpr auto kScalingConfig = field("ScalingConfig", &MappingInput::scaling),
                      kSourceAccess = field("SourceAccessConfigurations", &MappingInput::access),
                      kManagedKafka = field("AmazonManagedKafkaEventSourceConfig", &MappingInput::kafka),
                      kSelfManagedKafka =
                          field("SelfManagedKafkaEventSourceConfig", &MappingInput::self_managed_kafka),
                      kDocumentDb = field("DocumentDBEventSourceConfig", &MappingInput::document_db),
                      kPollers = field("ProvisionedPollerConfig", &MappingInput::pollers),
                      kSourceLogging = field("LoggingConfig", &MappingInput::logging);

struct MappingOutput {
  std::string uuid, arn;
  std::string starting_position;
  std::optional<Time> starting_timestamp;
  int batch_size = 0, batching_window_s = 0, parallelization = 1;
  std::string source, function;
  Time modified;
  std::string result, state, reason = "User action";
  DestinationTexts destinations{{}, DestinationText{}};
  std::optional<FilterTexts> filters;
  int maximum_record_age_s = -1;
  bool bisect = false;
  int maximum_retry_attempts = -1, tumbling_window_s = 0;
  std::vector<std::string> response_types;
};
inline constexpr auto kMapping = shape<MappingOutput>(
    field("UUID", &MappingOutput::uuid), field("StartingPosition", &MappingOutput::starting_position),
    field("StartingPositionTimestamp", &MappingOutput::starting_timestamp),
    field("BatchSize", &MappingOutput::batch_size),
    field("MaximumBatchingWindowInSeconds", &MappingOutput::batching_window_s),
    field("ParallelizationFactor", &MappingOutput::parallelization),
    field("EventSourceArn", &MappingOutput::source), field("FunctionArn", &MappingOutput::function),
    field("LastModified", &MappingOutput::modified), field("LastProcessingResult", &MappingOutput::result),
    field("State", &MappingOutput::state), field("StateTransitionReason", &MappingOutput::reason),
    field("DestinationConfig", &MappingOutput::destinations, kDestinations),
    field("FilterCriteria", &MappingOutput::filters, kFilterCriteria),
    field("MaximumRecordAgeInSeconds", &MappingOutput::maximum_record_age_s),
    field("BisectBatchOnFunctionError", &MappingOutput::bisect),
    field("MaximumRetryAttempts", &MappingOutput::maximum_retry_attempts),
    field("TumblingWindowInSeconds", &MappingOutput::tumbling_window_s),
    field("FunctionResponseTypes", &MappingOutput::response_types),
    field("EventSourceMappingArn", &MappingOutput::arn));

[[nodiscard]] MappingOutput describe(const Mapping& mapping, const MappingProgress& progress);

// Refuses what this server does not do, and values that AWS refuses beyond the model's constraints. Throws
// not_supported, unsupported_parameter, record_age_too_short.
void check_settings(const MappingInput& in);
// Whether there is a destination, `text` in the request, that is no function. Throws bad_destination.
[[nodiscard]] asio::awaitable<void> check_there(const Lambda& lambda, const Caller& caller, std::string text,
                                                Destination destination);
// Likewise, of what must be no function. Throws bad_destination.
[[nodiscard]] asio::awaitable<void> check_plain_destination(const Lambda& lambda, const Caller& caller,
                                                            std::string text);
// Whether the on-failure destination, if one is named, can be told of what a mapping of `source_arn` gives
// up. Throws bad_destination.
[[nodiscard]] asio::awaitable<void> check_destination(const Lambda& lambda, const Caller& caller,
                                                      const MappingInput& in, std::string source_arn);
// Takes over what the request names; the rest stays. Throws bad_filter.
void apply_settings(Mapping& mapping, const MappingInput& in);

// Has the mapping call the function, version or alias that a request names, which must exist. Throws
// mapping_function_not_found, and as target_of does.
[[nodiscard]] Target mapped_function(const Lambda& lambda, const Caller& caller, std::string_view action,
                                     const std::string& name);
void set_function(Mapping& mapping, const Target& target);
// The caller's mapping. Throws mapping_not_found.
[[nodiscard]] MappingPtr mapping_named(const Lambda& lambda, const Caller& caller, const std::string& uuid);

}  // namespace millrace::lambda
