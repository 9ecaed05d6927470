// What both HTTP versions do with a body that is made while it is sent.
#pragma once

#include "api/core/message.h"

namespace millrace::net {

// What a stream made next.
struct Piece {
  std::optional<std::string> data;  // nullopt: the body ends here
  bool failed = false;              // or breaks off
};

// The next piece of `body`; throws nothing.
[[nodiscard]] boost::asio::awaitable<Piece> pull(BodyStream& body);

}  // namespace millrace::net
