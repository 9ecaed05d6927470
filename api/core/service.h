// A service as the server sees it: a name, and requests answered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <span>
#include <string>
#include <string_view>

#include "api/core/chunk_signatures.h"
#include "api/core/error.h"
#include "api/core/message.h"
#include "api/core/principal.h"
#include "api/core/protocol.h"

namespace millrace {

namespace asio = boost::asio;

class Authorizer;
struct Operation;

// A service as routing and the codecs see it.
struct ServiceModel {
  std::string_view name;       // as in the credential scope, in metrics and before the names of actions
  std::uint8_t protocols = 0;  // that it speaks (bit_of)
  // In X-Amz-Target before the dot; in the paths of RPC v2 CBOR behind /service/.
  std::string_view target;
  std::string_view xml_namespace;    // of answers in XML
  std::string_view error_namespace;  // before an error's code in __type, with its '#'
  bool prints_values = true;         // its messages of constraints quote the value (IAM's do not)
  bool query_compatible = false;     // its JSON and CBOR clients may ask for the error codes of query
  std::span<const Operation* const> operations;

  [[nodiscard]] bool speaks(Protocol p) const { return (protocols & bit_of(p)) != 0; }
};

struct Request {
  HttpRequest http;
  Caller caller;
  std::string id;                            // x-amzn-RequestId, a UUID
  MemoryHold inflated;                       // counted for the body, if it came compressed
  Protocol protocol = Protocol::json_1_1;    // of the request, and so of its answer
  const ServiceModel* model = nullptr;       // set with the protocol
  const Authorizer* authorizer = nullptr;    // nullptr: every principal may do everything
  QueryParameters path;                      // the values of the {parts} of the path, in REST protocols
  std::string_view operation = "(unknown)";  // set by the service as soon as it knows; static storage
  // Verifies the body while it is decoded; nullptr: it does not come in signed chunks, or nobody verifies
  // them.
  std::unique_ptr<ChunkSignatures> chunk_signatures;
};

// Owned by the application, outlives every request. Called from any io_context.
class Service {
 public:
  virtual ~Service() = default;

  [[nodiscard]] virtual const ServiceModel& model() const = 0;
  [[nodiscard]] std::string_view name() const { return model().name; }
  // Decodes, validates, does and encodes. Throws ApiError and StorageFailure. Sets `request.operation`, and
  // protocol and model.
  [[nodiscard]] virtual asio::awaitable<HttpResponse> handle(Request& request) = 0;
  // The error in the form that clients of the request's protocol expect.
  [[nodiscard]] virtual HttpResponse error(const ApiError& e, const Request& request) const;
  // The error for what was not foreseen (a bug, a broken disk), without telling the client its story.
  [[nodiscard]] virtual ApiError internal_failure() const = 0;
  // The largest body that is read, in bytes; more answers `too_large()`.
  [[nodiscard]] virtual std::uint64_t max_body() const = 0;
  [[nodiscard]] virtual ApiError too_large() const = 0;
  // The error when the body came too slowly while others waited for memory.
  [[nodiscard]] virtual ApiError too_slow() const {
    return {408, "RequestTimeoutException",
            "The body of the request came too slowly while other requests waited for memory."};
  }
};

}  // namespace millrace
