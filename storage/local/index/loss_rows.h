// The rows that keep what is known to be lost (storage/losses.h) from one run to the next.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "storage/local/committer.h"
#include "storage/losses.h"

namespace millrace::storage {

// Safe from any thread.
class LossRows {
 public:
  LossRows(const Database& database, Losses& losses) : database_(database), losses_(losses) {}

  // Restores what the rows say, but for records that can be read again. Once, before anything is kept.
  void load();
  // Writes what changed since. Blocks until it is on disk; what cannot be written is written next time.
  void keep(Committer& committer);

 private:
  using Rows = std::map<std::string, std::string>;
  [[nodiscard]] bool can_be_read(const Loss& loss) const;

  const Database& database_;
  Losses& losses_;
  std::mutex mutex_;
  Rows kept_;  // guarded by mutex_
};

}  // namespace millrace::storage
