// GetLayerVersionPolicy: the resource policy of a layer's version. Source: Lambda API reference,
// GetLayerVersionPolicy.
#include "api/lambda/errors.h"
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/permissions/permission_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<PolicyOutput> get_layer_policy(Lambda& l, const Caller& caller, LayerVersionReference in) {
  const LayerPtr version = existing_layer_version(l, caller, "GetLayerVersionPolicy", in);
  const ResourcePolicyPtr policy =
      l.layers.policy(version->account, version->region, version->name, version->number);
  if (!policy) throw policy_missing();
  co_return describe(*policy);
}

}  // namespace

extern const Operation kGetLayerVersionPolicy;
const Operation kGetLayerVersionPolicy =
    operation("GetLayerVersionPolicy", kLayerVersionReference, kPolicyOutput, get_layer_policy)
        .http("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy")
        .reads()
        .on(layer_of);

}  // namespace millrace::lambda
