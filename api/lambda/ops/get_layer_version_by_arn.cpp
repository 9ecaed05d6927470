// GetLayerVersionByArn: as GetLayerVersion. Source: Lambda API reference, GetLayerVersionByArn.
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct GetLayerVersionByArnInput {
  std::string arn;
};
constexpr auto kInput = shape<GetLayerVersionByArnInput>(
    field("Arn", &GetLayerVersionByArnInput::arn, in_query, kLayerVersionArn));

asio::awaitable<LayerVersionOutput> get_layer_version_by_arn(Lambda& l, const Caller& caller,
                                                             GetLayerVersionByArnInput in) {
  co_return describe(l, *get_layer(l, caller, "GetLayerVersion", parse_layer_name(in.arn)));
}

}  // namespace

extern const Operation kGetLayerVersionByArn;
const Operation kGetLayerVersionByArn =
    operation("GetLayerVersionByArn", kInput, kLayerVersionOutput, get_layer_version_by_arn)
        .http("GET", "/2018-10-31/layers?find=LayerVersion")
        .reads()
        .on(layer_arn_of, "lambda:GetLayerVersion");

}  // namespace millrace::lambda
