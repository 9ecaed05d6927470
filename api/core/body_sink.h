// Where a body goes that is not held in memory as a whole: the connection hands it on in pieces as they come.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

namespace millrace {

class BodySink {
 public:
  virtual ~BodySink() = default;
  // Called once, before the body is asked for. false: it is not wanted, and the request is handled as it is.
  [[nodiscard]] virtual boost::asio::awaitable<bool> open() = 0;
  // Takes the next piece; completes when there may be another, so that a slow disk slows the sender down.
  // false: the rest is not wanted. Neither throws: what went wrong is for whoever handles the request.
  [[nodiscard]] virtual boost::asio::awaitable<bool> write(std::string piece) = 0;
};

}  // namespace millrace
