// GetLayerVersion: a version of a layer, with a link to its archive.
// Source: Lambda API reference, GetLayerVersion.
#include "api/lambda/layer_shapes.h"

namespace millrace::lambda {

namespace {

asio::awaitable<LayerVersionOutput> get_layer_version(Lambda& l, const Caller& caller,
                                                      LayerVersionReference in) {
  LayerName name = parse_layer_name(in.name);
  name.number = static_cast<std::uint64_t>(in.number);
  co_return describe(l, *get_layer(l, caller, "GetLayerVersion", name));
}

}  // namespace

extern const Operation kGetLayerVersion;
const Operation kGetLayerVersion =
    operation("GetLayerVersion", kLayerVersionReference, kLayerVersionOutput, get_layer_version)
        .http("GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}");

}  // namespace millrace::lambda
