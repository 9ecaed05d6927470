// `millrace leases`: who reads which shard, and how far, as a lease table of the Kinesis Client Library says.
#pragma once

#include <optional>
#include <string>

#include "server/client/server_access.h"

namespace millrace {

struct LeasesSettings : ServerAccess {
  std::string application;  // the name of the lease table
  std::string stream;       // of leases that do not name theirs; empty: the one with the application's name
  std::optional<int> watch_s;  // seconds from one look to the next
  std::optional<int> looks;    // with `watch_s`; nullopt: until the process ends
  bool json = false;
};

// Prints the leases once, or as often as `watch_s` and `looks` say. 0: done. Throws std::runtime_error with
// what failed and what to do; failures after the first look are printed.
[[nodiscard]] int show_leases(const LeasesSettings& settings);

}  // namespace millrace
