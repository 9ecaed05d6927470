// Layers: archives that several functions share, under numbers that are given once.
#pragma once

#include "api/lambda/model.h"

namespace millrace::lambda {

inline constexpr std::size_t kMaxLayers = 5;  // of a function

struct LayerVersion {
  std::string account, region, name;
  std::uint64_t number = 0;  // from 1, never given again
  std::string description, license;
  std::vector<std::string> runtimes, architectures;  // that it is made for; told, not enforced
  std::string code_sha256;                           // base64, as clients see it
  std::uint64_t code_bytes = 0, unpacked_bytes = 0;
  Time created{};

  [[nodiscard]] std::string layer_arn() const;
  [[nodiscard]] std::string arn() const;  // with the number
};

// A layer as requests name it: a bare name or its ARN, with a number or without.
struct LayerName {
  std::string name;
  std::optional<std::string> account, region;
  std::uint64_t number = 0;  // 0: none
};
// `text` has the pattern of layer_shapes.h's kLayerName or kLayerVersionArn.
[[nodiscard]] LayerName parse_layer_name(std::string_view text);

}  // namespace millrace::lambda
