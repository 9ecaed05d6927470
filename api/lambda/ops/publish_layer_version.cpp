// PublishLayerVersion: an archive for functions to share, under the layer's next number.
// Source: Lambda API reference, PublishLayerVersion.
#include "api/lambda/code.h"
#include "api/lambda/configuration.h"
#include "api/lambda/errors.h"
#include "api/lambda/layer_shapes.h"
#include "api/lambda/layers.h"

namespace millrace::lambda {

namespace {

struct PublishLayerVersionInput {
  std::string name;
  std::optional<std::string> description, license;
  std::optional<CodeInput> content;
  std::vector<std::string> runtimes, architectures;
};
using In = PublishLayerVersionInput;
constexpr auto kInput = shape<In>(
    field("LayerName", &In::name, in_path, kLayerName), field("Description", &In::description, kDescription),
    field("Content", &In::content, required, kCodeInput),
    field("CompatibleRuntimes", &In::runtimes, length(0, 15)),
    field("LicenseInfo", &In::license, length(0, 512)),
    field("CompatibleArchitectures", &In::architectures, length(0, 2), each(one_of("x86_64", "arm64"))));

asio::awaitable<void> store(Lambda& l, LayerVersion version, LayerPtr& stored) {
  stored = co_await l.layers.publish(std::move(version));
}

asio::awaitable<LayerVersionOutput> publish_layer_version(Lambda& l, const Caller& caller, In in) {
  const LayerName name = parse_layer_name(in.name);
  check_layer_owner(caller, "PublishLayerVersion", name);
  for (const std::string& runtime : in.runtimes)
    if (classify_runtime(runtime) == Runtime::unknown) throw unknown_runtime(runtime);
  Code code = co_await load_code(l, caller, std::move(*in.content));

  LayerVersion version;
  version.account = caller.account;
  version.region = caller.region;
  version.name = name.name;
  version.description = in.description.value_or("");
  version.license = in.license.value_or("");
  version.runtimes = std::move(in.runtimes);
  version.architectures = std::move(in.architectures);
  version.code_sha256 = code.sha256;
  version.code_bytes = code.zip.size();
  version.unpacked_bytes = code.unpacked_bytes;
  version.created = l.clock.now();
  LayerPtr stored;
  asio::awaitable<void> storing = store(l, std::move(version), stored);
  co_await keep_code(l, caller.account, std::move(code), std::move(storing));
  co_return describe(l, *stored);
}

}  // namespace

extern const Operation kPublishLayerVersion;
const Operation kPublishLayerVersion =
    operation("PublishLayerVersion", kInput, kLayerVersionOutput, publish_layer_version)
        .http("POST", "/2018-10-31/layers/{LayerName}/versions", 201);

}  // namespace millrace::lambda
