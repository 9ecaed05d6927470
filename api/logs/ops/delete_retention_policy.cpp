// DeleteRetentionPolicy: the events of a group do not expire. Source: CloudWatch Logs API reference.
#include "api/logs/resources.h"
#include "api/logs/service.h"
#include "api/logs/shapes.h"

namespace millrace::logs {

namespace {

struct DeleteRetentionPolicyInput {
  std::string group;
};
using In = DeleteRetentionPolicyInput;
constexpr auto kInput = shape<In>(field("logGroupName", &In::group, required, kGroupName));

asio::awaitable<Nothing> delete_retention_policy(Logs& l, const Caller& caller, In in) {
  co_await l.retain(caller, std::move(in.group), std::nullopt);
  co_return Nothing{};
}

}  // namespace

extern const Operation kDeleteRetentionPolicy;
const Operation kDeleteRetentionPolicy =
    operation("DeleteRetentionPolicy", kInput, kNothing, delete_retention_policy).writes().on(group_of_input);

}  // namespace millrace::logs
