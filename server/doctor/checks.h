// The checks that need nothing but the store.
#pragma once

#include <filesystem>

#include "server/doctor/health.h"
#include "storage/store.h"

namespace millrace {

// Version, data directory and disk use; a store that refuses writes, and what was damaged at the start.
void check_store(Health& health, const std::filesystem::path& data_dir, const storage::Store& store);

}  // namespace millrace
