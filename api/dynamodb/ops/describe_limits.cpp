// DescribeLimits: AWS's default quotas, which are not enforced here. Source: DynamoDB API reference.
#include "api/dynamodb/service.h"

namespace millrace::dynamodb {

namespace {

constexpr std::int64_t kOfAccount = 80'000, kOfTable = 40'000;

struct DescribeLimitsOutput {
  std::int64_t account_reads = kOfAccount, account_writes = kOfAccount, table_reads = kOfTable,
               table_writes = kOfTable;
};
using Out = DescribeLimitsOutput;
constexpr auto kOutput = shape<Out>(field("AccountMaxReadCapacityUnits", &Out::account_reads),
                                    field("AccountMaxWriteCapacityUnits", &Out::account_writes),
                                    field("TableMaxReadCapacityUnits", &Out::table_reads),
                                    field("TableMaxWriteCapacityUnits", &Out::table_writes));

asio::awaitable<Out> describe_limits(DynamoDb&, const Caller&, Nothing) { co_return Out{}; }

}  // namespace

extern const Operation kDescribeLimits;
const Operation kDescribeLimits =
    operation("DescribeLimits", kNothing, kOutput, describe_limits).reads().on(every_resource);

}  // namespace millrace::dynamodb
