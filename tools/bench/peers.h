// Others in the field, under the same load in the same run.
#pragma once

#include <filesystem>

#include "tools/bench/measure.h"

namespace millrace::bench {

struct PeerOptions {
  std::filesystem::path millrace, directory;
  std::filesystem::path cache;  // where peers are installed, and stay
  LoadOptions load;
};

// Installs the peers that are not in the cache, measures Millrace (with fsync) and each of them, and prints a
// table and what could not be measured, and why. Failures of peers are part of it. Returns the number of
// errors that Millrace made.
std::uint64_t run_peers(const PeerOptions& options);

}  // namespace millrace::bench
