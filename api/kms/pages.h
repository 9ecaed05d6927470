// Pages of lists. A marker is the name of the last entry of a page, sealed: nobody else can make one.
#pragma once

#include "api/kms/errors.h"
#include "api/kms/service.h"

namespace millrace::kms {

// What the answer of a list has besides its entries.
struct PageEnd {
  std::optional<std::string> next;
  bool truncated = false;
};

// The name behind which the page begins; empty: at the start. `list`: of what the marker is one. Throws
// InvalidMarkerException.
[[nodiscard]] inline std::string start_of_page(const Kms& k, const std::string& list,
                                               const std::optional<std::string>& marker) {
  if (!marker) return "";
  auto name = k.master.open("kms marker of " + list, "", *marker);
  if (!name) throw bad_marker();
  return *std::move(name);
}

// Cuts a list that was read with one entry more than the page takes. `name_of(entry)` names an entry.
template <class Entry, class NameOf>
[[nodiscard]] PageEnd end_page(const Kms& k, const std::string& list, std::vector<Entry>& entries,
                               std::size_t limit, NameOf name_of) {
  if (entries.size() <= limit) return {};
  entries.resize(limit);
  return {k.master.seal("kms marker of " + list, "", name_of(entries.back())), true};
}

}  // namespace millrace::kms
