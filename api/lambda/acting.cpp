#include "api/lambda/acting.h"

namespace millrace::lambda {

Principal acting_for(const FunctionPtr& function, const std::string& account, const std::string& region) {
  if (!function || function->role.empty()) return root_of(account, region);
  return role_session(function->role, function->name, account, region);
}

boost::asio::awaitable<std::optional<std::string>> reading_denied(const RoleCheck& check, Principal acting,
                                                                  std::string stream) {
  if (!check) co_return std::nullopt;
  const Resource resource{"kinesis", acting.region, acting.account, "stream", std::move(stream)};
  for (const char* action :
       {"kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"}) {
    std::optional<std::string> denied = co_await check(acting, action, resource);
    if (denied) co_return denied;
  }
  co_return std::nullopt;
}

}  // namespace millrace::lambda
