// Changes of a table's settings.
#pragma once

#include "api/dynamodb/service.h"

namespace millrace::dynamodb {

// Changes a table's settings, in the newest state. `change` may throw. Returns the table as it is then.
// Throws `missing` if there is none.
template <class Change>
asio::awaitable<TableSettings> change_table(DynamoDb& d, std::string key, ApiError missing, Change change) {
  Attempts attempts;
  for (;;) {
    attempts.next();
    const FoundTable found = d.store.find(key);
    if (!found.table) throw missing;
    TableSettings changed = *found.table;
    change(changed);
    const bool done = co_await d.store.put(key, changed, found.version);
    if (done) co_return changed;
  }
}

}  // namespace millrace::dynamodb
