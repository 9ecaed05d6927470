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

std::vector<Resource> role_of(void*, const InputView& input, const Principal&) {
  return by_arn(input.text("Role"));
}

std::vector<Resource> layer_of(void*, const InputView& input, const Principal& caller) {
  const auto text = input.text("LayerName");
  if (!text) return {};
  if (text->starts_with("arn:")) return by_arn(text);
  return {{"lambda", caller.region, caller.account, "layer", std::string(*text), ':'}};
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
