#include "api/lambda/functions/alias_shapes.h"

#include "api/core/ascii.h"
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

// As AWS prints a map: {2=0.5}.
std::string text_of(const std::map<std::string, double>& weights) {
  std::string out;
  for (const auto& [version, weight] : weights)
    out += (out.empty() ? "" : ", ") + version + "=" + nlohmann::json(weight).dump();
  return "{" + out + "}";
}

// What the model says of the weights, before the function is looked at.
void check_weights(const std::map<std::string, double>& weights) {
  for (const auto& [version, weight] : weights) {
    if (!is_digits(version) || version.size() > 1024) throw bad_routed_version(text_of(weights));
    if (!(weight >= 0 && weight <= 1)) throw bad_weight(text_of(weights));
  }
  if (weights.size() > 1) throw too_many_routed_versions();
}

void check_version(const Lambda& lambda, const Function& f, const std::string& version) {
  const FunctionPtr found = lambda.functions.find(f.account, f.region, f.name, version);
  if (!found || found->version != version) throw function_not_found(f.arn() + ":" + version);
}

}  // namespace

AliasOutput describe(const Function& function, const Alias& alias) {
  AliasOutput out{function.arn() + ":" + alias.name, alias.name, alias.version, alias.description};
  if (!alias.additional.empty()) out.routing = RoutingConfig{alias.additional};
  out.revision = alias.revision;
  return out;
}

void apply_settings(const Lambda& lambda, const Function& function, const AliasInput& in, Alias& alias) {
  if (in.version) alias.version = *in.version;
  if (in.description) alias.description = *in.description;
  if (in.routing) alias.additional = in.routing->weights.value_or(std::map<std::string, double>());
  check_weights(alias.additional);
  check_version(lambda, function, alias.version);
  if (!alias.additional.empty() && alias.version == kLatest) throw alias_of_latest_with_routing();
  for (const auto& [version, weight] : alias.additional) {
    if (version == alias.version) throw routing_to_same_version(version);
    check_version(lambda, function, version);
  }
  alias.revision = new_uuid();
}

}  // namespace millrace::lambda
