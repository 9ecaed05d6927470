// Has all event source mappings read and their functions run.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>

#include "api/lambda/mappings/mapping_control.h"
#include "server/mappings/mapping_readers.h"
#include "server/net/http_server.h"

namespace millrace::functions {

// Owned by the application. Each mapping stays on the io_context that it was given to.
class MappingRunner final : public lambda::MappingControl {
 public:
  explicit MappingRunner(net::IoThreads& threads) : threads_(threads) {}

  // Starts the mappings that there are. Called once; what changed before is seen then.
  void start(MappingShared shared);
  void changed(const std::string& uuid) override;

  // Reads no more. Invocations that run go on.
  void stop();
  // Waits, up to the deadline, until no mapping has anything running; false when one still does. Not for a
  // thread that runs coroutines.
  [[nodiscard]] bool join(std::chrono::steady_clock::duration patience);

  // Brings the iterator ages up to date.
  void refresh_gauges();

 private:
  void run(const lambda::MappingPtr& mapping);

  net::IoThreads& threads_;
  std::mutex mutex_;                     // guards all below
  std::optional<MappingShared> shared_;  // once started
  storage::Watch duties_moved_;          // ended without the mutex
  std::condition_variable ended_;
  std::map<std::string, std::shared_ptr<MappingReaders>> running_;  // shared with their coroutines; by UUID
  bool stopping_ = false;
};

}  // namespace millrace::functions
