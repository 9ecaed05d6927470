// Calls of the services of a running server that speak JSON to one address, as subcommands make them.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "server/client/server_access.h"
#include "server/delivery/http_client.h"

namespace millrace {

// The service answered with an error; what() is its message.
class ServiceError : public std::runtime_error {
 public:
  ServiceError(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  [[nodiscard]] const std::string& code() const { return code_; }

 private:
  std::string code_;  // such as ResourceNotFoundException; empty if the response has none
};

// Reads the code and message of an error's body, in the forms of the JSON protocols. `status`: for a body
// that is no error of a service.
[[nodiscard]] ServiceError service_error_of(int status, const std::string& body);

// Safe from any thread.
class JsonService {
 public:
  // What the AWS SDKs send for a service: its name in signatures, the prefix of X-Amz-Target, the version of
  // JSON in Content-Type. Source: botocore's service models.
  struct Kind {
    const char* signing_name;
    const char* target;
    const char* json_version;
  };
  static constexpr Kind kKinesis{"kinesis", "Kinesis_20131202", "1.1"};
  static constexpr Kind kDynamoDb{"dynamodb", "DynamoDB_20120810", "1.0"};

  JsonService(const Kind& kind, ServerAccess access);

  // The output of an operation. Throws ServiceError; std::runtime_error if there is no response, or it is not
  // a JSON object of at most 32 MiB.
  [[nodiscard]] nlohmann::json call(const std::string& operation, const nlohmann::json& input);

 private:
  const Kind kind_;
  const ServerAccess access_;
  delivery::HttpClient http_;
};

}  // namespace millrace
