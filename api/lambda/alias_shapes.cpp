#include "api/lambda/alias_shapes.h"

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

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
  check_version(lambda, function, alias.version);
  if (!alias.additional.empty() && alias.version == kLatest) throw alias_of_latest_with_routing();
  for (const auto& [version, weight] : alias.additional) {
    if (weight < 0 || weight > 1) throw bad_weight();
    if (version == alias.version) throw routing_to_same_version(version);
    if (version == kLatest) throw alias_of_latest_with_routing();
    check_version(lambda, function, version);
  }
  alias.revision = new_uuid();
}

}  // namespace millrace::lambda
