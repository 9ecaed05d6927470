#include "api/lambda/permissions/permission_shapes.h"

#include <algorithm>

#include "api/core/ascii.h"
#include "api/lambda/errors.h"

namespace millrace::lambda {

namespace {

// The others that a qualifier's pattern allows have a '$'.
bool is_alias_name(const std::string& qualifier) {
  return !is_digits(qualifier) && qualifier.find('$') == std::string::npos;
}

}  // namespace

PolicyOutput describe(const ResourcePolicy& policy) { return {policy.document(), policy.revision()}; }

PermissionTarget permission_target(const Functions& functions, const Target& target) {
  const FunctionPtr latest = functions.find(target.account, target.region, target.name);
  if (!latest) throw function_not_found(function_arn(target.account, target.region, target.name));
  if (!target.qualifier) return {{latest, kLatest}, target.arn(), latest->revision};
  if (is_alias_name(*target.qualifier)) {
    const AliasPtr alias = functions.alias(*latest, *target.qualifier);
    if (!alias) throw alias_not_found(target.arn());
    return {{latest, *target.qualifier}, target.arn(), alias->revision};
  }
  const FunctionPtr version = find_function(functions, target);
  if (!version) throw function_not_found(target.arn());
  return {{latest, *target.qualifier}, target.arn(), version->revision};
}

void check_revision(const std::optional<std::string>& wanted, const ResourcePolicy& now,
                    std::string_view without_policy, std::string_view reader) {
  if (wanted && *wanted != (now.empty() ? without_policy : now.revision()))
    throw policy_revision_mismatch(reader);
}

}  // namespace millrace::lambda
