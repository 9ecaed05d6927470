// `millrace repair`: makes the index of a data directory anew.
#pragma once

#include <filesystem>

namespace millrace {

// Repairs the data directory of a server that does not run, and prints what there is, and what could not be
// recovered. Returns the exit code: 0, or 2 when something is missing. Throws std::runtime_error.
int repair_data(const std::filesystem::path& data_dir);

}  // namespace millrace
