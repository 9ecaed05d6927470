// DeleteLayerVersion: functions that have the version keep it; one that is not there is no error, as on AWS.
// Source: Lambda API reference, DeleteLayerVersion.
#include "api/lambda/errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/layers/layers.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<Nothing> delete_layer_version(Lambda& l, const Caller& caller, LayerVersionReference in) {
  const LayerName name = parse_layer_name(in.name);
  check_layer_owner(caller, "DeleteLayerVersion", name);
  if (in.number < 1) throw bad_layer_number();
  const LayerPtr version =
      l.layers.find(caller.account, caller.region, name.name, static_cast<std::uint64_t>(in.number));
  if (!version) co_return Nothing{};
  co_await l.layers.remove(version);
  co_await discard_code(l, version->account, version->code_sha256);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteLayerVersion;
const Operation kDeleteLayerVersion =
    operation("DeleteLayerVersion", kLayerVersionReference, kNothing, delete_layer_version)
        .http("DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 204)
        .writes()
        .on(layer_of);

}  // namespace millrace::lambda
