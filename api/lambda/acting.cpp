#include "api/lambda/acting.h"

namespace millrace::lambda {

Principal acting_for(const FunctionPtr& function, const std::string& account, const std::string& region) {
  if (!function || function->role.empty()) return root_of(account, region);
  return role_session(function->role, function->name, account, region);
}

}  // namespace millrace::lambda
