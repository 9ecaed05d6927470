#include "api/lambda/resources.h"

#include "api/lambda/layers/layer.h"
#include "api/lambda/model.h"

namespace millrace::lambda {

namespace {

std::vector<Resource> by_arn(std::optional<std::string_view> arn) {
  if (arn)
    if (auto resource = resource_of_arn(*arn)) return {std::move(*resource)};
  return {};
}

}  // namespace

std::vector<Resource> function_of(void*, const InputView& input, const Principal& caller) {
  const auto text = input.text("FunctionName");
  if (!text) return {};
  const FunctionName function = parse_function_name(*text);
  std::string name = function.name;
  if (const auto qualifier = input.text("Qualifier"))
    name += ":" + std::string(*qualifier);
  else if (function.qualifier)
    name += ":" + *function.qualifier;
  return {{"lambda", function.region.value_or(caller.region), function.account.value_or(caller.account),
           "function", std::move(name), ':'}};
}

std::vector<Resource> whole_function_of(void*, const InputView& input, const Principal& caller) {
  const auto text = input.text("FunctionName");
  if (!text) return {};
  const FunctionName function = parse_function_name(*text);
  return {{"lambda", function.region.value_or(caller.region), function.account.value_or(caller.account),
           "function", function.name, ':'}};
}

std::vector<Resource> layers_of_input(void*, const InputView& input, const Principal&) {
  std::vector<Resource> out;
  for (std::size_t i = 0;; ++i) {
    const auto arn = input.text("Layers." + std::to_string(i));
    if (!arn) return out;
    for (Resource& layer : by_arn(arn)) out.push_back(std::move(layer));
  }
}

std::vector<Resource> role_of(void*, const InputView& input, const Principal&) {
  return by_arn(input.text("Role"));
}

std::vector<Resource> code_object_of(void*, const InputView& input, const Principal&) {
  for (const std::string in : {"", "Code.", "Content."}) {
    const auto bucket = input.text(in + "S3Bucket"), key = input.text(in + "S3Key");
    if (bucket && key) return {{"s3", "", "", "", std::string(*bucket) + "/" + std::string(*key)}};
  }
  return {};
}

std::vector<Resource> layer_of(void*, const InputView& input, const Principal& caller) {
  const auto text = input.text("LayerName");
  if (!text) return {};
  std::vector<Resource> layer = by_arn(text);
  if (layer.empty()) layer = {{"lambda", caller.region, caller.account, "layer", std::string(*text), ':'}};
  const OrderedJson document = input.document();
  if (const auto version = document.find("VersionNumber"); version != document.end() && version->is_number())
    layer[0].name += ":" + version->dump();
  return layer;
}

std::vector<Resource> layer_arn_of(void*, const InputView& input, const Principal&) {
  return by_arn(input.text("Arn"));
}

std::vector<Resource> mapping_of(void*, const InputView& input, const Principal& caller) {
  const std::string uuid(input.text("UUID").value_or("*"));
  return {{"lambda", caller.region, caller.account, "event-source-mapping", uuid, ':'}};
}

std::vector<Resource> tagged_of(void*, const InputView& input, const Principal&) {
  return by_arn(input.text("Resource"));
}

}  // namespace millrace::lambda
