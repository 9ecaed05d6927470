// Tells the log when the server stops taking writes, since its disk is full or broken, and when it goes on.
#pragma once

#include <boost/asio.hpp>

#include "storage/store.h"

namespace millrace {

class DiskWatch {
 public:
  DiskWatch(boost::asio::io_context& context, const storage::Store& store) : store_(store), timer_(context) {}

  void start();
  // Safe from any thread.
  void stop();

 private:
  boost::asio::awaitable<void> run();

  const storage::Store& store_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace millrace
