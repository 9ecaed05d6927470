#include "server/doctor/checks.h"

namespace millrace {

namespace {

// Less free space than this is worth a warning: a segment, and what a flush takes.
constexpr std::uintmax_t kLittleSpace = 256u << 20;

}  // namespace

void check_store(Health& health, const std::filesystem::path& data_dir, const storage::Store& store) {
  const storage::Store::DiskUse use = store.disk_use();
  const bool read_only = store.read_only();
  health.facts["version"] = MILLRACE_VERSION;
  health.facts["data directory"] = data_dir.string();
  health.facts["log bytes"] = use.log_bytes;
  health.facts["catalog bytes"] = use.catalog_bytes;
  std::error_code failed;
  const auto space = std::filesystem::space(data_dir, failed);
  if (!failed) health.facts["disk bytes free"] = space.available;
  health.facts["writes"] = read_only ? "rejected" : "accepted";
  if (read_only)
    health.findings.push_back({"read_only", "Writes are rejected: " + store.read_only_cause() + ".",
                               "Free space on the disk, or replace it if it is failing. The server then "
                               "accepts writes automatically."});
  else if (!failed && space.available < kLittleSpace)
    health.findings.push_back(
        {"disk_almost_full",
         "The disk has " + std::to_string(space.available >> 20) + " MiB of free space left.",
         "Free space, or shorten the retention of large streams. When the disk is full, writes are rejected "
         "until there is space."});
  for (const std::string& trouble : store.trouble())
    health.findings.push_back(
        {"log_corrupted", "The log was damaged when the server started: " + trouble + ".",
         "Replace the disk if it is failing, and restore what is missing from a backup or its producers."});
}

}  // namespace millrace
