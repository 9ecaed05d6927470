// Rows of the catalog in JSON, {"version": 1, ...}, as the services' stores write them.
#pragma once

#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "api/core/error.h"
#include "api/core/unreadable_row.h"
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

// Calls `use(row, decode(row.value))` for each row whose key begins with `prefix`, in order. If `decode`
// throws, the row is not changed and is added to `unreadable`, and loading continues. Throws StorageFailure,
// and everything that `use` throws.
template <class Decode, class Use>
void load_rows(const storage::Catalog& catalog, std::string_view prefix,
               std::vector<UnreadableRow>& unreadable, Decode&& decode, Use&& use) {
  for_each_row(catalog, prefix, [&](const storage::Row& row) {
    std::optional<decltype(decode(row.value))> value;
    try {
      value.emplace(decode(row.value));
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& e) {
      unreadable.push_back({row.key, e.what()});
      return;
    }
    use(row, std::move(*value));
  });
}

// The document of the row. For an unknown version, throws std::runtime_error with the owner of the row ("a
// stream's").
[[nodiscard]] inline nlohmann::json parse_row(const std::string& row, const char* whose) {
  nlohmann::json j = nlohmann::json::parse(row);
  if (j.at("version") != 1)
    throw std::runtime_error(
        std::string(whose) +
        " row has a version that this server does not know; it was written by a newer one");
  return j;
}

// Rows contain times as milliseconds since the epoch.
[[nodiscard]] inline std::int64_t ms_of(Time t) { return t.time_since_epoch().count(); }
[[nodiscard]] inline Time time_of(const nlohmann::json& ms) {
  return Time(std::chrono::milliseconds(ms.get<std::int64_t>()));
}

}  // namespace millrace
