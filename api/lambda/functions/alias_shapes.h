// What the operations on aliases have in common. Source: botocore lambda/2015-03-31.
#pragma once

#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

inline constexpr Rules kAliasName = rules(length(1, 128), pattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)"));
inline constexpr Rules kVersion = rules(length(1, 1024), pattern("(\\$LATEST|[0-9]+)"));

struct RoutingConfig {
  std::optional<std::map<std::string, double>> weights;
};
inline constexpr auto kRoutingConfig =
    shape<RoutingConfig>(field("AdditionalVersionWeights", &RoutingConfig::weights));

struct AliasInput {
  std::string function, name;
  std::optional<std::string> version, description, revision;
  std::optional<RoutingConfig> routing;
};

struct AliasOutput {
  std::string arn, name, version, description;
  std::optional<RoutingConfig> routing;
  std::string revision;
};
inline constexpr auto kAliasOutput = shape<AliasOutput>(
    field("AliasArn", &AliasOutput::arn), field("Name", &AliasOutput::name),
    field("FunctionVersion", &AliasOutput::version), field("Description", &AliasOutput::description),
    field("RoutingConfig", &AliasOutput::routing, kRoutingConfig),
    field("RevisionId", &AliasOutput::revision));

[[nodiscard]] AliasOutput describe(const Function& function, const Alias& alias);

// Takes over what the request names; the rest stays. Throws function_not_found for versions that are not
// there, alias_of_latest_with_routing, routing_to_same_version, bad_routed_version, bad_weight,
// too_many_routed_versions.
void apply_settings(const Lambda& lambda, const Function& function, const AliasInput& in, Alias& alias);

}  // namespace millrace::lambda
