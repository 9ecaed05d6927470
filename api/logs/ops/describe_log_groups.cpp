// DescribeLogGroups: a group for each function that wrote something. Source: CloudWatch Logs API reference.
#include <set>

#include "api/core/arn.h"
#include "api/logs/resources.h"
#include "api/logs/service.h"
#include "api/logs/shapes.h"

namespace millrace::logs {

namespace {

constexpr std::size_t kPage = 50;

struct DescribeLogGroupsInput {
  std::optional<std::string> prefix, part, token;
  std::optional<int> limit;
  std::optional<std::string> kind;
  std::optional<std::vector<std::string>> identifiers;
};
using In = DescribeLogGroupsInput;
constexpr auto kInput = shape<In>(
    field("logGroupNamePrefix", &In::prefix, kGroupName), field("logGroupNamePattern", &In::part),
    field("nextToken", &In::token, kToken), field("limit", &In::limit, range(1, 50)),
    field("logGroupClass", &In::kind, one_of<"STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS">),
    field("logGroupIdentifiers", &In::identifiers, length(1, 50), each(kGroupIdentifier)),
    ignored<bool>("includeLinkedAccounts", "no account is linked to another here"),
    refused("accountIdentifiers", "no account is linked to another here"));

struct GroupOutput {
  std::string name, arn, group_arn, kind = "STANDARD";
  std::int64_t created = 0, bytes = 0;
  std::optional<int> retention_days;
  int metric_filters = 0;
};
constexpr auto kGroup = shape<GroupOutput>(
    field("logGroupName", &GroupOutput::name), field("creationTime", &GroupOutput::created),
    field("retentionInDays", &GroupOutput::retention_days),
    field("metricFilterCount", &GroupOutput::metric_filters), field("arn", &GroupOutput::arn),
    field("storedBytes", &GroupOutput::bytes), field("logGroupClass", &GroupOutput::kind),
    field("logGroupArn", &GroupOutput::group_arn));

struct DescribeLogGroupsOutput {
  std::vector<GroupOutput> groups;
  std::optional<std::string> next;
};
using Out = DescribeLogGroupsOutput;
constexpr auto kOutput = shape<Out>(field("logGroups", &Out::groups, kGroup), field("nextToken", &Out::next));

asio::awaitable<Out> describe_log_groups(Logs& l, const Caller& caller, In in) {
  if (in.prefix && in.part) throw prefix_and_pattern();
  const auto page = static_cast<std::size_t>(in.limit.value_or(kPage));
  std::set<std::string> wanted;
  for (const std::string& identifier : in.identifiers.value_or(std::vector<std::string>()))
    wanted.insert(name_of_group(caller, identifier));
  Out out;
  for (const LogGroup& g : co_await l.groups(caller)) {
    if (in.prefix && !g.name.starts_with(*in.prefix)) continue;
    if (in.part && g.name.find(*in.part) == std::string::npos) continue;
    if (in.identifiers && !wanted.contains(g.name)) continue;
    if (in.kind.value_or("STANDARD") != "STANDARD") continue;  // the class of all of them
    if (in.token && g.name <= *in.token) continue;
    if (out.groups.size() == page) {
      out.next = out.groups.back().name;
      break;
    }
    GroupOutput& o = out.groups.emplace_back();
    o.name = g.name;
    o.group_arn = arn_of("logs", caller.region, caller.account, "log-group:" + g.name);
    o.arn = o.group_arn + ":*";
    o.created = ms_of(g.created);
    o.retention_days = g.retention_days;
    o.bytes = static_cast<std::int64_t>(g.bytes);
  }
  co_return out;
}

}  // namespace

extern const Operation kDescribeLogGroups;
const Operation kDescribeLogGroups =
    operation("DescribeLogGroups", kInput, kOutput, describe_log_groups).reads().on(group_of_input);

}  // namespace millrace::logs
