// What the server needs to know of a connection, whatever it speaks.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>

namespace millrace::net {

struct ConnectionLimits {
  std::uint32_t max_header = 64 << 10;  // bytes of a request's head
  // Without a byte read or written; also the head start of a request or answer over the slowest peer that is
  // served (kMinBytesPerSecond).
  std::chrono::seconds idle_timeout{60};
};

// Lives on one io_context and is touched from there alone.
class Connection {
 public:
  virtual ~Connection() = default;

  // Serves until the peer goes away, breaks the protocol, is silent too long, or `stop` was called.
  [[nodiscard]] virtual boost::asio::awaitable<void> run() = 0;

  // Ends the connection once it holds no whole head of a request: at once, if it is so now. A body that is
  // made while it is sent ends where it is.
  virtual void stop() = 0;
  // Ends it now, whatever it does.
  virtual void abort() = 0;
  // Ends what was silent for too long, or moved too little. Handling a request, and making the next piece of
  // a streamed body, do not count.
  virtual void check_deadline(std::chrono::steady_clock::time_point now) = 0;
};

}  // namespace millrace::net
