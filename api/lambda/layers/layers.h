// The layers of a function between a request and the stores.
#pragma once

#include <list>

#include "api/lambda/service.h"

namespace millrace::lambda {

// Throws other_account, other_region. `action` is the operation's name.
void check_layer_owner(const Caller& caller, std::string_view action, const LayerName& name);

// Layers that a function is about to have; none of their archives goes while this lives.
struct ChosenLayers {
  std::vector<LayerUse> layers;
  std::list<Functions::CodePin> pins;
};
// What a request's ARNs name, in their order. Throws too_many_layers, bad_layer_arn, other_region_of_layer,
// other_account, layer_missing, layer_twice, layers_too_large.
[[nodiscard]] ChosenLayers choose_layers(Lambda& lambda, const Caller& caller,
                                         const std::vector<std::string>& arns);

}  // namespace millrace::lambda
