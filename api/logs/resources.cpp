#include "api/logs/resources.h"

namespace millrace::logs {

// The ARN of a group ends in ":*", its log streams.
std::vector<Resource> group_of_input(void*, const InputView& input, const Principal& caller) {
  auto name = input.text("logGroupName");
  if (!name) name = input.text("logGroupIdentifier");
  Resource out{"logs", caller.region, caller.account, "log-group", "*", ':'};
  if (!name) return {std::move(out)};
  if (name->starts_with("arn:")) {
    auto named = resource_of_arn(*name);
    if (!named) return {};
    out = std::move(*named);
  } else {
    out.name = *name;
  }
  if (!out.name.ends_with(":*")) out.name += ":*";
  return {std::move(out)};
}

}  // namespace millrace::logs
