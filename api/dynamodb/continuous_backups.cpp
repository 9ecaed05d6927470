#include "api/dynamodb/continuous_backups.h"

#include "api/core/rows.h"

namespace millrace::dynamodb {

ContinuousBackupsOutput continuous_backups_of(const TableSettings& table, Time now) {
  ContinuousBackupsOutput out;
  out.description["ContinuousBackupsStatus"] = "ENABLED";
  OrderedJson recovery;
  recovery["PointInTimeRecoveryStatus"] = table.recovery_since ? "ENABLED" : "DISABLED";
  if (table.recovery_since) {
    recovery["RecoveryPeriodInDays"] = table.recovery_days;
    recovery["EarliestRestorableDateTime"] = static_cast<double>(ms_of(*table.recovery_since)) / 1000;
    recovery["LatestRestorableDateTime"] = static_cast<double>(ms_of(now)) / 1000;
  }
  out.description["PointInTimeRecoveryDescription"] = std::move(recovery);
  return out;
}

ApiError no_table_to_back_up(const std::string& name) {
  return {400, "TableNotFoundException", "Table not found: " + name};
}

}  // namespace millrace::dynamodb
