// DescribeContinuousBackups: the setting of point-in-time recovery. Source: DynamoDB API reference.
#include "api/dynamodb/continuous_backups.h"
#include "api/dynamodb/resources.h"
#include "api/dynamodb/service.h"

namespace millrace::dynamodb {

namespace {

struct DescribeContinuousBackupsInput {
  std::string table;
};
using In = DescribeContinuousBackupsInput;
constexpr auto kInput = shape<In>(field("TableName", &In::table, required, kTableName));

asio::awaitable<ContinuousBackupsOutput> describe_continuous_backups(DynamoDb& d, const Caller& caller,
                                                                     In in) {
  const FoundTable found = d.store.find(DynamoDb::place_of(caller, in.table));
  if (!found.table) throw no_table_to_back_up(in.table);
  co_return continuous_backups_of(*found.table, d.clock.now());
}

}  // namespace

extern const Operation kDescribeContinuousBackups;
const Operation kDescribeContinuousBackups =
    operation("DescribeContinuousBackups", kInput, kContinuousBackups, describe_continuous_backups)
        .reads()
        .on(table_of_input);

}  // namespace millrace::dynamodb
