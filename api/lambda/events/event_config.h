// What the operations on event invoke configurations have in common. Source: botocore lambda/2015-03-31.
#pragma once

#include "api/lambda/mappings/mapping_shapes.h"
#include "api/lambda/names.h"

namespace millrace::lambda {

inline constexpr Rules kEventRetries = rules(range(0, 2)), kEventAge = rules(range(60, 21600));

struct EventConfigInput {
  std::string name;
  std::optional<std::string> qualifier;
  std::optional<int> retries, max_age_s;
  std::optional<DestinationTexts> destinations;
};
inline constexpr auto kEventConfigInput =
    shape<EventConfigInput>(field("FunctionName", &EventConfigInput::name, in_path, kFunctionName),
                            field("Qualifier", &EventConfigInput::qualifier, in_query, kQualifier),
                            field("MaximumRetryAttempts", &EventConfigInput::retries, kEventRetries),
                            field("MaximumEventAgeInSeconds", &EventConfigInput::max_age_s, kEventAge),
                            field("DestinationConfig", &EventConfigInput::destinations, kDestinations));

struct EventConfigReference {
  std::string name;
  std::optional<std::string> qualifier;
};
inline constexpr auto kEventConfigReference =
    shape<EventConfigReference>(field("FunctionName", &EventConfigReference::name, in_path, kFunctionName),
                                field("Qualifier", &EventConfigReference::qualifier, in_query, kQualifier));

struct EventConfigOutput {
  Time modified;
  std::string arn;
  std::optional<int> retries, max_age_s;
  DestinationTexts destinations;
};
inline constexpr auto kEventConfigOutput = shape<EventConfigOutput>(
    field("LastModified", &EventConfigOutput::modified), field("FunctionArn", &EventConfigOutput::arn),
    field("MaximumRetryAttempts", &EventConfigOutput::retries),
    field("MaximumEventAgeInSeconds", &EventConfigOutput::max_age_s),
    field("DestinationConfig", &EventConfigOutput::destinations, kDestinations));

[[nodiscard]] EventConfigOutput describe(const Function& latest, const std::string& qualifier,
                                         const EventInvokeConfig& config);

struct ConfiguredEvents {
  QualifiedFunction target;
  EventInvokeConfig config;
};
// Throws event_config_not_found, also when the function does not exist.
[[nodiscard]] ConfiguredEvents existing_event_config(const Functions& functions, const Target& target);

enum class EventConfigChange { replace, merge };
// Keeps what the request says. Throws event_config_empty, event_config_function_not_found,
// event_config_not_found (merge), bad_destination, bad_destination_function, own_destination.
[[nodiscard]] asio::awaitable<EventConfigOutput> change_event_config(Lambda& lambda, const Caller& caller,
                                                                     std::string_view action,
                                                                     EventConfigInput in,
                                                                     EventConfigChange how);

}  // namespace millrace::lambda
