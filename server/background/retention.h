// Trims streams to what they keep, every few seconds, and finishes deletions that a crash cut short.
#pragma once

#include <boost/asio.hpp>

#include "api/kinesis/service.h"

namespace millrace {

class Retention {
 public:
  Retention(boost::asio::io_context& context, kinesis::Kinesis& kinesis)
      : kinesis_(kinesis), timer_(context) {}

  void start();
  // Safe from any thread.
  void stop();

 private:
  boost::asio::awaitable<void> run();

  kinesis::Kinesis& kinesis_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace millrace
