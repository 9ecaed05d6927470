// What a connection needs from above: requests answered.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/core/message.h"

namespace millrace::net {

class Handler {
 public:
  virtual ~Handler() = default;

  // The largest body of a request with this head, in bytes.
  [[nodiscard]] virtual std::uint64_t max_body(const HttpRequest& head) const = 0;
  // The answer to a body that is larger.
  [[nodiscard]] virtual HttpResponse too_large(const HttpRequest& head) = 0;
  // The memory that making and holding the answer to a request with this head may take, in bytes; 0 when it
  // is too little to count.
  [[nodiscard]] virtual std::uint64_t answer_memory(const HttpRequest&) const { return 0; }
  // The answer when the memory for a request was not free for too long.
  [[nodiscard]] virtual HttpResponse overloaded(const HttpRequest&) {
    HttpResponse response;
    response.status = 503;
    return response;
  }
  // Answers a whole request. Never throws.
  [[nodiscard]] virtual boost::asio::awaitable<HttpResponse> handle(HttpRequest request) = 0;
};

}  // namespace millrace::net
