// Tells an operator which records were lost: in the streams' counters at once, in the log when nothing
// follows for a moment, and to `millrace doctor`.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "api/kinesis/service.h"
#include "server/doctor/health.h"
#include "server/doctor/loss_runs.h"
#include "storage/losses.h"

namespace millrace {

// Between Kinesis, which it outlives by its end alone, and the losses that the log notes.
class LostRecords {
 public:
  LostRecords(storage::Losses& losses, kinesis::Kinesis& kinesis);
  ~LostRecords();
  LostRecords(const LostRecords&) = delete;

  // A finding for each stretch of records that are lost and not past their retention.
  void check(Health& health) const;

 private:
  void note(const storage::Loss& loss);
  void log_loss(const storage::Loss& loss) const;
  void run();

  storage::Losses& losses_;
  kinesis::Kinesis& kinesis_;
  std::mutex mutex_;
  std::condition_variable changed_;
  LossRuns runs_;          // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // writes the log
};

}  // namespace millrace
