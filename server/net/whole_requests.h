// A handler that looks at a request when all of it is there.
#pragma once

#include "server/net/handler.h"

namespace millrace::net {

class WholeRequests : public Handler {
 public:
  [[nodiscard]] std::unique_ptr<Exchange> begin(HttpRequest head, const Peer& peer) final;

  // The largest body of a request with this head, in bytes.
  [[nodiscard]] virtual std::uint64_t max_body(const HttpRequest& head) const = 0;
  // The answer to a body that is larger.
  [[nodiscard]] virtual HttpResponse too_large(const HttpRequest& head) = 0;
  // Never throws.
  [[nodiscard]] virtual boost::asio::awaitable<HttpResponse> handle(HttpRequest request) = 0;
};

}  // namespace millrace::net
