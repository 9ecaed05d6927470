// The condition keys of a request: what policies can compare.
#pragma once

#include "api/auth/policies/context.h"
#include "api/core/operation.h"
#include "server/access/resource_facts.h"
#include "storage/clock.h"

namespace millrace::access {

// What the keys are computed from. Everything outlives the context.
struct KeyedRequest {
  const Request& request;
  const InputView& input;
  const Demand& demand;
  const ResourceFacts& facts;
  Time now;
};

// A context that computes a key when a policy asks for it. The keys that follow from the principal are not
// part of it (auth::RequestKeys). Sources: IAM user guide, "AWS global condition context keys"; service
// authorization reference, the pages of the services.
[[nodiscard]] auth::Context condition_keys(const KeyedRequest& keyed);

}  // namespace millrace::access
