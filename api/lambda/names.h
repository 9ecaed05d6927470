// Which function a request means.
#pragma once

#include "api/lambda/store.h"

namespace millrace::lambda {

struct Target {
  std::string account, region, name;
  std::optional<std::string> qualifier;

  // With the qualifier, if there is one.
  [[nodiscard]] std::string arn() const;
};

// `action` is the operation's name. Throws other_region, other_account, qualifiers_disagree.
[[nodiscard]] Target target_of(const Caller& caller, std::string_view action, std::string_view function_name,
                               const std::optional<std::string>& qualifier = std::nullopt);

// The version that the target's qualifier names, $LATEST when it has none; nullptr when there is none.
[[nodiscard]] FunctionPtr find_function(const Functions& functions, const Target& target);
// Likewise, throws function_not_found.
[[nodiscard]] FunctionPtr get_function(const Functions& functions, const Target& target);
// Of what can be changed. Throws function_not_found, also for every qualifier but $LATEST.
[[nodiscard]] FunctionPtr get_latest(const Functions& functions, const Target& target);
// Of what is configured for each version and alias; nullopt when the function, the version or the alias does
// not exist.
[[nodiscard]] std::optional<QualifiedFunction> find_qualified(const Functions& functions,
                                                              const Target& target);

}  // namespace millrace::lambda
