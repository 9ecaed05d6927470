#include "api/lambda/layers/layer.h"

#include <charconv>

#include "api/core/arn.h"

namespace millrace::lambda {

std::string LayerVersion::layer_arn() const { return arn_of("lambda", region, account, "layer:" + name); }
std::string LayerVersion::arn() const { return layer_arn() + ":" + std::to_string(number); }

LayerName parse_layer_name(std::string_view text) {
  LayerName out;
  if (!text.starts_with("arn:")) {
    out.name = text;
    return out;
  }
  const auto part = [&text] {
    const std::string_view p = text.substr(0, text.find(':'));
    text.remove_prefix(std::min(p.size() + 1, text.size()));
    return std::string(p);
  };
  for (int i = 0; i < 3; ++i) (void)part();  // arn:aws:lambda:
  out.region = part();
  out.account = part();
  (void)part();  // layer:
  out.name = part();
  std::from_chars(text.data(), text.data() + text.size(), out.number);
  return out;
}

}  // namespace millrace::lambda
