// Tells an operator which objects and archives of functions' code are damaged: once in the log, in a counter,
// and to `millrace doctor`.
#pragma once

#include "server/doctor/health.h"
#include "storage/damaged_objects.h"
#include "storage/probe.h"

namespace millrace {

// Outlived by the objects that it listens to.
class DamagedFiles {
 public:
  DamagedFiles(storage::DamagedObjects& damaged, Probes& probes);
  ~DamagedFiles();
  DamagedFiles(const DamagedFiles&) = delete;

  void check(Health& health) const;

 private:
  storage::DamagedObjects& damaged_;
};

}  // namespace millrace
