#include "api/lambda/layers/layers.h"

#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

std::string arn_of(const LayerName& name) {
  LayerVersion v;
  v.account = *name.account;
  v.region = *name.region;
  v.name = name.name;
  return v.layer_arn();
}

}  // namespace

void check_layer_owner(const Caller& caller, std::string_view action, const LayerName& name) {
  if (name.account && *name.account != caller.account)
    throw other_account(caller.account, action, arn_of(name));
  if (name.region && *name.region != caller.region) throw other_region_of_layer(caller.region);
}

ChosenLayers choose_layers(Lambda& lambda, const Caller& caller, const std::vector<std::string>& arns) {
  if (arns.size() > kMaxLayers) throw too_many_layers();
  ChosenLayers out;
  std::map<std::string, std::string> seen;
  std::uint64_t unpacked = 0;
  for (const std::string& arn : arns) {
    const LayerName name = parse_layer_name(arn);
    if (!name.account || name.number == 0) throw bad_layer_arn(arn);
    check_layer_owner(caller, "GetLayerVersion", name);
    if (const auto [at, fresh] = seen.emplace(name.name, arn); !fresh) throw layer_twice(arn, at->second);
    const auto find = [&] {
      const LayerPtr found = lambda.layers.find(caller.account, caller.region, name.name, name.number);
      if (!found) throw layer_missing(arn);
      return found;
    };
    // Its archive may go between the first look and the pin, not after it.
    out.pins.emplace_back(lambda.functions, caller.account, find()->code_sha256);
    const LayerPtr layer = find();
    unpacked += layer->unpacked_bytes;
    if (unpacked > kMaxUnzippedBytes) throw layers_too_large();
    out.layers.push_back({layer->arn(), layer->code_sha256, layer->code_bytes});
  }
  return out;
}

}  // namespace millrace::lambda
