// What a connection needs from above: a request is begun with its head, and answered with its body.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "api/core/body_sink.h"
#include "api/core/message.h"

namespace millrace::net {

// What is known of whoever sends a request, beside its head.
struct Peer {
  // The common name in the certificate that the client has proven to own, where --tls-client-ca asks for one;
  // empty: there is none, or not exactly one.
  std::string certificate_name;
};

// A request from its head to its answer. The connection that serves it owns it, and uses it on its io_context
// alone.
class Exchange {
 public:
  // Why the body was not read, or not to its end.
  enum class Unread { too_large, no_memory, too_slow };

  virtual ~Exchange() = default;

  // The request. The connection puts the body into it, or hands it to the sink.
  [[nodiscard]] virtual HttpRequest& request() = 0;
  // nullptr: the body is held in memory.
  [[nodiscard]] virtual BodySink* sink() { return nullptr; }
  // The answer instead of `handle`. Never throws.
  [[nodiscard]] virtual HttpResponse unread(Unread why) = 0;
  // The answer to the request, once its body is there or its sink wants no more. Never throws.
  [[nodiscard]] virtual boost::asio::awaitable<HttpResponse> handle() = 0;

  // The largest body, in bytes.
  std::uint64_t max_body = 0;
  // The answer that the head had already: the body is not read, and nothing is reserved for it.
  std::optional<HttpResponse> answer;
};

// Safe from any thread; outlives its exchanges.
class Handler {
 public:
  virtual ~Handler() = default;

  // Looks at the head, waits for nothing and never throws. `peer` may go with the call.
  [[nodiscard]] virtual std::unique_ptr<Exchange> begin(HttpRequest head, const Peer& peer) = 0;
};

}  // namespace millrace::net
