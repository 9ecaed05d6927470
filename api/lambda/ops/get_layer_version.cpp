// GetLayerVersion: a version of a layer, with a link to its archive.
// Source: Lambda API reference, GetLayerVersion.
#include "api/lambda/errors.h"
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

asio::awaitable<LayerVersionOutput> get_layer_version(Lambda& l, const Caller& caller,
                                                      LayerVersionReference in) {
  LayerName name = parse_layer_name(in.name);
  if (in.number < 1) throw bad_layer_number();
  name.number = static_cast<std::uint64_t>(in.number);
  co_return describe(l, *get_layer(l, caller, "GetLayerVersion", name));
}

}  // namespace

extern const Operation kGetLayerVersion;
const Operation kGetLayerVersion =
    operation("GetLayerVersion", kLayerVersionReference, kLayerVersionOutput, get_layer_version)
        .http("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}")
        .reads()
        .on(layer_of);

}  // namespace millrace::lambda
