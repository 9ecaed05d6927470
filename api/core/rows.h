// Rows of the catalog that are JSON, {"version": 1, ...}, as the stores of the services keep them.
#pragma once

#include <nlohmann/json.hpp>

#include "api/core/error.h"
#include "storage/catalog.h"
#include "storage/clock.h"

namespace millrace {

// Calls `f(const storage::Row&)` for each row whose key begins with `prefix`, in order. Throws StorageFailure
// and what `f` throws.
template <class F>
void for_each_row(const storage::Catalog& catalog, std::string_view prefix, F&& f) {
  constexpr std::size_t kPage = 1000;
  std::string after;
  for (;;) {
    const std::vector<storage::Row> rows = or_throw(catalog.scan(prefix, after, kPage));
    for (const storage::Row& row : rows) f(row);
    if (rows.size() < kPage) return;
    after = rows.back().key;
  }
}

// The row's document. Throws std::runtime_error, which says whose row it is ("a stream's"), for a version
// that this server does not know.
[[nodiscard]] inline nlohmann::json parse_row(const std::string& row, const char* whose) {
  nlohmann::json j = nlohmann::json::parse(row);
  if (j.at("version") != 1)
    throw std::runtime_error(
        std::string(whose) +
        " row has a version that this server does not know; it was written by a newer one");
  return j;
}

// Times stand in rows as milliseconds since the epoch.
[[nodiscard]] inline std::int64_t ms_of(Time t) { return t.time_since_epoch().count(); }
[[nodiscard]] inline Time time_of(const nlohmann::json& ms) {
  return Time(std::chrono::milliseconds(ms.get<std::int64_t>()));
}

}  // namespace millrace
