#include "api/lambda/names.h"

#include "api/lambda/errors.h"

namespace millrace::lambda {

std::string Target::arn() const {
  const std::string plain = function_arn(account, region, name);
  return qualifier ? plain + ":" + *qualifier : plain;
}

Target target_of(const Caller& caller, std::string_view action, std::string_view function_name,
                 const std::optional<std::string>& qualifier) {
  const FunctionName parsed = parse_function_name(function_name);
  if (parsed.account && *parsed.account != caller.account)
    throw other_account(caller.account, action,
                        function_arn(*parsed.account, parsed.region.value_or(caller.region), parsed.name));
  if (parsed.region && *parsed.region != caller.region) throw other_region(*parsed.region, caller.region);
  if (qualifier && parsed.qualifier && *qualifier != *parsed.qualifier) throw qualifiers_disagree();
  return {caller.account, caller.region, parsed.name, qualifier ? qualifier : parsed.qualifier};
}

FunctionPtr find_function(const Functions& functions, const Target& target) {
  return functions.find(target.account, target.region, target.name, target.qualifier.value_or(kLatest));
}

FunctionPtr get_function(const Functions& functions, const Target& target) {
  FunctionPtr function = find_function(functions, target);
  if (!function) throw function_not_found(target.arn());
  return function;
}

FunctionPtr get_latest(const Functions& functions, const Target& target) {
  if (target.qualifier.value_or(kLatest) != kLatest) throw function_not_found(target.arn());
  return get_function(functions, target);
}

std::optional<QualifiedFunction> find_qualified(const Functions& functions, const Target& target) {
  if (!find_function(functions, target)) return std::nullopt;
  return QualifiedFunction{functions.find(target.account, target.region, target.name),
                           target.qualifier.value_or(kLatest)};
}

}  // namespace millrace::lambda
