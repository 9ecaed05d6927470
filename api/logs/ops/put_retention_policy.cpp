// PutRetentionPolicy: how many days the events of a group are kept. Source: CloudWatch Logs API reference.
#include <algorithm>

#include "api/logs/resources.h"
#include "api/logs/service.h"
#include "api/logs/shapes.h"

namespace millrace::logs {

namespace {

constexpr int kDays[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                         365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

struct PutRetentionPolicyInput {
  std::string group;
  int days = 0;
};
using In = PutRetentionPolicyInput;
constexpr auto kInput = shape<In>(field("logGroupName", &In::group, required, kGroupName),
                                  field("retentionInDays", &In::days, required));

asio::awaitable<Nothing> put_retention_policy(Logs& l, const Caller& caller, In in) {
  if (std::find(std::begin(kDays), std::end(kDays), in.days) == std::end(kDays)) throw bad_retention();
  co_await l.retain(caller, std::move(in.group), in.days);
  co_return Nothing{};
}

}  // namespace

extern const Operation kPutRetentionPolicy;
const Operation kPutRetentionPolicy =
    operation("PutRetentionPolicy", kInput, kNothing, put_retention_policy).writes().on(group_of_input);

}  // namespace millrace::logs
