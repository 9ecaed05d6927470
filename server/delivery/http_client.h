// HTTP and HTTPS requests to other servers: endpoints that are told of failures, S3 elsewhere, the server
// that functions are deployed to. By libcurl: TLS with the system's certificates, proxies by the usual
// environment variables, signatures.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "server/delivery/address_policy.h"
#include "storage/result.h"

namespace millrace::delivery {

// With which a request to an AWS service is signed (SigV4).
struct SigningKeys {
  std::string access_key, secret_key, region;
  std::string service = "s3";
};

struct OutRequest {
  std::string method = "POST";
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::optional<SigningKeys> keys;
  std::chrono::seconds timeout{10};
  std::size_t max_body = 64 << 10;  // of the response; the rest is dropped
  // Addresses that the request may go to, judged when it connects, after names have been resolved; a proxy's
  // address counts too. nullptr: all. Must outlive the request.
  const AddressPolicy* only = nullptr;
};

struct OutResponse {
  int status = 0;
  std::string body;  // its first `max_body` bytes
};

// Whether `policy` refuses the host of `url`, an address or a name.
[[nodiscard]] bool names_refused_host(const std::string& url, const AddressPolicy& policy);

// Owned by the application. Safe from any executor; requests run on threads of its own, a few at a time.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;

  // Errors: io, when no answer came; an answer of any status is one. Redirects are not followed.
  [[nodiscard]] boost::asio::awaitable<storage::Result<OutResponse>> send(OutRequest request);
  // The same, on the caller's thread.
  [[nodiscard]] storage::Result<OutResponse> send_now(const OutRequest& request);

 private:
  boost::asio::thread_pool pool_{4};
};

}  // namespace millrace::delivery
