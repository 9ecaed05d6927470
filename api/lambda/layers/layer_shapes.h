// What the operations on layers take and answer. Source: botocore lambda/2015-03-31.
#pragma once

#include "api/lambda/service.h"
#include "api/lambda/shapes.h"

namespace millrace::lambda {

inline constexpr Rules kLayerName =
    rules(required, length(1, 140),
          pattern("(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+"));
// As AWS's messages print it (LocalStack's recording test_layer_exceptions).
inline constexpr const char* kLayerVersionPattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:layer:"
    "[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";
inline constexpr Rules kLayerVersionArn = rules(required, length(1, 2048), pattern(kLayerVersionPattern));

// A version of a layer, as requests name it.
struct LayerVersionReference {
  std::string name;
  std::int64_t number = 0;
};
inline constexpr auto kLayerVersionReference =
    shape<LayerVersionReference>(field("LayerName", &LayerVersionReference::name, in_path, kLayerName),
                                 field("VersionNumber", &LayerVersionReference::number, in_path, required));

// Throws other_account, other_region, layer_not_found.
[[nodiscard]] LayerPtr get_layer(const Lambda& lambda, const Caller& caller, std::string_view action,
                                 const LayerName& name);

// Of operations whose error names the version. Throws other_account, other_region_of_layer, bad_layer_number,
// layer_version_not_found.
[[nodiscard]] LayerPtr existing_layer_version(const Lambda& lambda, const Caller& caller,
                                              std::string_view action,
                                              const LayerVersionReference& reference);

struct LayerContentOutput {
  std::string location, code_sha256;
  std::int64_t code_size = 0;
};
inline constexpr auto kLayerContentOutput = shape<LayerContentOutput>(
    field("Location", &LayerContentOutput::location), field("CodeSha256", &LayerContentOutput::code_sha256),
    field("CodeSize", &LayerContentOutput::code_size));

struct LayerVersionOutput {
  LayerContentOutput content;
  std::string layer_arn, arn, description, created;
  std::int64_t number = 0;
  std::optional<std::vector<std::string>> runtimes;
  std::optional<std::string> license;
  std::optional<std::vector<std::string>> architectures;
};
inline constexpr auto kLayerVersionOutput = shape<LayerVersionOutput>(
    field("Content", &LayerVersionOutput::content, kLayerContentOutput),
    field("LayerArn", &LayerVersionOutput::layer_arn), field("LayerVersionArn", &LayerVersionOutput::arn),
    field("Description", &LayerVersionOutput::description),
    field("CreatedDate", &LayerVersionOutput::created), field("Version", &LayerVersionOutput::number),
    field("CompatibleRuntimes", &LayerVersionOutput::runtimes),
    field("LicenseInfo", &LayerVersionOutput::license),
    field("CompatibleArchitectures", &LayerVersionOutput::architectures));

// With a link to the archive.
[[nodiscard]] LayerVersionOutput describe(const Lambda& lambda, const LayerVersion& version);

struct LayerVersionItem {
  std::string arn;
  std::int64_t number = 0;
  std::optional<std::string> description;
  std::string created;
  std::optional<std::vector<std::string>> runtimes;
  std::optional<std::string> license;
  std::optional<std::vector<std::string>> architectures;
};
inline constexpr auto kLayerVersionItem = shape<LayerVersionItem>(
    field("LayerVersionArn", &LayerVersionItem::arn), field("Version", &LayerVersionItem::number),
    field("Description", &LayerVersionItem::description), field("CreatedDate", &LayerVersionItem::created),
    field("CompatibleRuntimes", &LayerVersionItem::runtimes),
    field("LicenseInfo", &LayerVersionItem::license),
    field("CompatibleArchitectures", &LayerVersionItem::architectures));

[[nodiscard]] LayerVersionItem item_of(const LayerVersion& version);

// Of a list that asks for a runtime. Throws bad_compatible_runtime.
void check_runtime(const std::optional<std::string>& runtime);
// Whether a list that asks for a runtime or an architecture has the version.
[[nodiscard]] bool matches(const LayerVersion& version, const std::optional<std::string>& runtime,
                           const std::optional<std::string>& architecture);

}  // namespace millrace::lambda
