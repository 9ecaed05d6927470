// PublishLayerVersion: an archive for functions to share, under the layer's next number.
// Source: Lambda API reference, PublishLayerVersion.
#include "api/lambda/errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/functions/configuration.h"
#include "api/lambda/layers/layer_shapes.h"
#include "api/lambda/layers/layers.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct PublishLayerVersionInput {
  std::string name;
  std::optional<std::string> description, license;
  std::optional<CodeInput> content;
  std::optional<std::vector<std::string>> runtimes, architectures;
};
using In = PublishLayerVersionInput;
constexpr auto kInput = shape<In>(field("LayerName", &In::name, in_path, kLayerName),
                                  field("Description", &In::description, kDescription),
                                  field("Content", &In::content, required, kCodeInput),
                                  field("CompatibleRuntimes", &In::runtimes, length(0, 15)),
                                  field("LicenseInfo", &In::license, length(0, 512)),
                                  field("CompatibleArchitectures", &In::architectures, length(0, 2),
                                        each(required, one_of<"x86_64", "arm64">)));

void check_runtimes(const std::vector<std::string>& runtimes) {
  std::string all;
  for (const std::string& runtime : runtimes) all += (all.empty() ? "" : ", ") + runtime;
  for (const std::string& runtime : runtimes)
    if (classify_runtime(runtime) == Runtime::unknown)
      throw bad_compatible_runtime("[" + all + "]", "compatibleRuntimes");
}

asio::awaitable<void> store(Lambda& l, LayerVersion version, LayerPtr& stored) {
  stored = co_await l.layers.publish(std::move(version));
}

asio::awaitable<LayerVersionOutput> publish_layer_version(Lambda& l, const Caller& caller, In in) {
  const LayerName name = parse_layer_name(in.name);
  check_layer_owner(caller, "PublishLayerVersion", name);
  check_runtimes(in.runtimes.value_or(std::vector<std::string>()));
  Code code = co_await load_code(l, caller, std::move(*in.content));

  LayerVersion version;
  version.account = caller.account;
  version.region = caller.region;
  version.name = name.name;
  version.description = in.description.value_or("");
  version.license = in.license.value_or("");
  version.runtimes = in.runtimes.value_or(std::vector<std::string>());
  version.architectures = in.architectures.value_or(std::vector<std::string>());
  version.code_sha256 = code.sha256;
  version.code_bytes = code.zip.size();
  version.unpacked_bytes = code.unpacked_bytes;
  version.created = l.clock.now();
  LayerPtr stored;
  asio::awaitable<void> storing = store(l, std::move(version), stored);
  co_await keep_code(l, caller.account, std::move(code), std::move(storing));
  LayerVersionOutput out = describe(l, *stored);
  out.runtimes = std::move(in.runtimes);  // an empty list too, in this answer alone
  out.architectures = std::move(in.architectures);
  co_return out;
}

}  // namespace

extern const Operation kPublishLayerVersion;
const Operation kPublishLayerVersion =
    operation("PublishLayerVersion", kInput, kLayerVersionOutput, publish_layer_version)
        .http("POST", "/2018-10-31/layers/{LayerName}/versions", 201)
        .writes()
        .on(layer_of)
        .on(code_object_of, "s3:GetObject");

}  // namespace millrace::lambda
