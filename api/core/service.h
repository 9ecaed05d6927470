// A service as the server sees it: a name, and requests answered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "api/core/error.h"
#include "api/core/message.h"

namespace millrace {

namespace asio = boost::asio;

// Who asks, and where. Every resource is named by account and region.
struct Caller {
  std::string account;         // twelve digits
  std::string region;          // of the credential scope, or the configured default
  std::string access_key;      // empty: the request was not signed
  std::string_view operation;  // what is asked for, as `Request::operation`
};

struct Request {
  HttpRequest http;
  Caller caller;
  std::string id;                            // x-amzn-RequestId, a UUID
  bool cbor = false;                         // the body came as CBOR, and so goes the answer
  std::string_view operation = "(unknown)";  // set by the service as soon as it knows; static storage
};

// Owned by the application, outlives every request. Called from any io_context.
class Service {
 public:
  virtual ~Service() = default;

  // As in the credential scope and in metrics: "kinesis", "lambda", "s3".
  [[nodiscard]] virtual std::string_view name() const = 0;
  // Decodes, validates, does and encodes. Throws ApiError and StorageFailure. Sets `request.operation`.
  [[nodiscard]] virtual asio::awaitable<HttpResponse> handle(Request& request) = 0;
  // The error in the form that this service's clients expect.
  [[nodiscard]] virtual HttpResponse error(const ApiError& e, const Request& request) const = 0;
  // The error for what was not foreseen (a bug, a broken disk), without telling the client its story.
  [[nodiscard]] virtual ApiError internal_failure() const = 0;
  // The largest body that is read, in bytes; more answers `too_large()`.
  [[nodiscard]] virtual std::uint64_t max_body() const = 0;
  [[nodiscard]] virtual ApiError too_large() const = 0;
  // What making and holding the answer to a request may take, in bytes, where that is worth counting. Such
  // requests wait for one another, so that slow readers of large answers do not fill the memory.
  [[nodiscard]] virtual std::uint64_t answer_memory(const HttpRequest&) const { return 0; }
};

}  // namespace millrace
