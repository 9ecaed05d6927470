// ContinuousBackupsDescription: the setting of point-in-time recovery, which tools read and write. The server
// restores backups as a whole (millrace restore), not tables.
#pragma once

#include "api/dynamodb/shapes.h"

namespace millrace::dynamodb {

struct ContinuousBackupsOutput {
  OrderedJson description = OrderedJson::object();
};
inline constexpr auto kContinuousBackups = shape<ContinuousBackupsOutput>(
    field("ContinuousBackupsDescription", &ContinuousBackupsOutput::description));

[[nodiscard]] ContinuousBackupsOutput continuous_backups_of(const TableSettings& table, Time now);
// As `no_table`, with the code that these operations have.
[[nodiscard]] ApiError no_table_to_back_up(const std::string& name);

}  // namespace millrace::dynamodb
