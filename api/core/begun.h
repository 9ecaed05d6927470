// Requests that a service begins with the head, before the body is read.
#pragma once

#include "api/core/body_sink.h"
#include "api/core/service.h"

namespace millrace {

// A request whose head a service has looked at. Refers to the request.
class BegunRequest {
 public:
  virtual ~BegunRequest() = default;

  // The largest body that is read, in bytes.
  [[nodiscard]] virtual std::uint64_t max_body() const = 0;
  // Where the body goes; nullptr: into the request.
  [[nodiscard]] virtual BodySink* sink() = 0;
  // As Service::handle, once the body is there or the sink wants no more.
  [[nodiscard]] virtual asio::awaitable<HttpResponse> handle() = 0;
};

// A service that has something to say before a body is read. Of others, all requests are read.
class BeginningService : public Service {
 public:
  // Looks at the head, and waits for nothing. Sets `request.operation`. Throws the ApiError that ends the
  // request without its body.
  [[nodiscard]] virtual std::unique_ptr<BegunRequest> begin(Request& request) = 0;
};

}  // namespace millrace
