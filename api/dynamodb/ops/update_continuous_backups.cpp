// UpdateContinuousBackups: the setting of point-in-time recovery. Source: DynamoDB API reference.
#include "api/dynamodb/change_table.h"
#include "api/dynamodb/continuous_backups.h"
#include "api/dynamodb/resources.h"

namespace millrace::dynamodb {

namespace {

struct Specification {
  bool enabled = false;
  std::optional<int> days;
};
constexpr auto kSpecification =
    shape<Specification>(field("PointInTimeRecoveryEnabled", &Specification::enabled, required),
                         field("RecoveryPeriodInDays", &Specification::days, range(1, 35)));

struct UpdateContinuousBackupsInput {
  std::string table;
  Specification specification;
};
using In = UpdateContinuousBackupsInput;
constexpr auto kInput =
    shape<In>(field("TableName", &In::table, required, kTableName),
              field("PointInTimeRecoverySpecification", &In::specification, required, kSpecification));

asio::awaitable<ContinuousBackupsOutput> update_continuous_backups(DynamoDb& d, const Caller& caller, In in) {
  const Time now = d.clock.now();
  const auto change = [&](TableSettings& table) {
    if (!in.specification.enabled)
      table.recovery_since.reset();
    else if (!table.recovery_since)
      table.recovery_since = now;
    if (in.specification.days) table.recovery_days = *in.specification.days;
  };
  const TableSettings table =
      co_await change_table(d, DynamoDb::place_of(caller, in.table), no_table_to_back_up(in.table), change);
  co_return continuous_backups_of(table, now);
}

}  // namespace

extern const Operation kUpdateContinuousBackups;
const Operation kUpdateContinuousBackups =
    operation("UpdateContinuousBackups", kInput, kContinuousBackups, update_continuous_backups)
        .writes()
        .on(table_of_input);

}  // namespace millrace::dynamodb
