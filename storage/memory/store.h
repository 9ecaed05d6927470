// An engine in memory, for unit tests of what stands above storage. The server does not offer it: nothing
// survives the process, and memory is not bounded.
#pragma once

#include "storage/memory/catalog.h"
#include "storage/memory/log.h"
#include "storage/store.h"

namespace millrace::storage {

struct MemoryOptions {
  const Clock* clock = nullptr;  // nullptr: the system's
  // Uses what the interface allows beyond the embedded engine: an append has two runs, and indexes between
  // and behind them are never used.
  bool sparse = false;
};

// Strict where the interface leaves engines a choice: a shard that was not opened accepts no appends.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(MemoryOptions options = {})
      : log_(options.clock ? *options.clock : system_clock_, options.sparse) {}
  ~MemoryStore() override { MemoryStore::close(); }

  [[nodiscard]] MemoryLog& log() override { return log_; }
  [[nodiscard]] MemoryCatalog& catalog() override { return catalog_; }
  [[nodiscard]] SoleDuties& duties() override { return duties_; }
  void close() override {
    log_.stop();
    catalog_.stop();
  }
  [[nodiscard]] bool read_only() const override { return false; }
  [[nodiscard]] std::string read_only_cause() const override { return {}; }
  [[nodiscard]] const std::vector<std::string>& trouble() const override { return trouble_; }
  [[nodiscard]] DiskUse disk_use() const override { return {}; }
  [[nodiscard]] Result<Copied> backup(const std::filesystem::path&, const std::stop_token&) override {
    return Error{Errc::io, "a store in memory has no backups"};
  }

 private:
  const SystemClock system_clock_;
  MemoryLog log_;
  MemoryCatalog catalog_;
  SoleDuties duties_;
  const std::vector<std::string> trouble_;
};

}  // namespace millrace::storage
