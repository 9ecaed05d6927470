// What RocksDB reports of itself, warnings and errors, in a file beside its others. RocksDB 7.8's own writer
// of that file aborts the process at the second line that a full disk refuses.
#pragma once

#include <rocksdb/env.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace millrace::storage {

// Writes what the disk takes, and no more than a few MiB; begins anew at each start. Safe from any thread.
[[nodiscard]] std::shared_ptr<rocksdb::Logger> info_log(const std::filesystem::path& file);

}  // namespace millrace::storage
