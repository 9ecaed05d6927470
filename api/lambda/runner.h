// What the Lambda service needs from above: functions run. The server's function runner implements it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/clock.h"

namespace millrace::lambda {

// All that a worker process depends on. A changed `revision` makes the runner retire the workers of older
// ones.
struct FunctionSpec {
  std::string account, region, name, arn;
  std::string role;  // the ARN of the execution role
  std::string version = "$LATEST";
  std::optional<std::uint32_t> reserved;  // invocations of all versions at a time, at most
  std::string revision;                   // changes with code and configuration
  std::string runtime;                    // python3.x, nodejs..., provided.*
  std::string handler;
  std::string code_sha256;          // names the unpacked code; base64 as clients see it
  std::vector<std::string> layers;  // likewise, of what is in /opt; the later one wins
  std::map<std::string, std::string> environment;
  std::uint32_t memory_mb = 128;
  std::uint32_t ephemeral_mb = 512;  // of /tmp
  std::uint32_t timeout_s = 3;
};

// What a caller may say of an invocation.
struct InvokeContext {
  std::string request_id;      // UUID, as the function and its log see it; empty: the runner makes one
  std::string client_context;  // JSON, handed to the function; empty: none
  std::string function_arn;    // as it was invoked, with its qualifier; empty: the function's own
};

// What came out of one invocation.
struct InvokeResult {
  std::string request_id;                     // UUID
  std::string payload;                        // the function's answer, or the error object as JSON
  std::optional<std::string> function_error;  // "Unhandled" or "Handled"; nullopt: it succeeded
  std::string log_tail;                       // the last 4 KiB of this invocation's output
  std::chrono::milliseconds duration{};
};

// Why an invocation did not reach the function.
struct NotRun {
  enum class Why {
    reserved,   // as many invocations run as the function may have at a time
    throttled,  // all workers that the limits allow are busy, and stayed so until the deadline of waiting
    code,       // the code could not be fetched or unpacked
    refused,    // the server may not run functions here; `detail` is for clients, and says what to do
    internal,   // no process could be started, or the server is stopping
  } why;
  std::string detail;
};

// Owned by the application, outlives every user. Safe from any executor.
class FunctionRunner {
 public:
  virtual ~FunctionRunner() = default;

  // Runs the function once with `payload` and completes when it answered, failed, or was killed at its
  // timeout.
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<InvokeResult, NotRun>> invoke(
      FunctionSpec function, std::string payload, InvokeContext context = {}) = 0;

  // Ends the function's idle workers and removes its unpacked code; busy ones end after their invocation.
  virtual void forget(const std::string& arn) = 0;
};

// Where the runner gets code from: the zip archive whose SHA-256 (base64) is `code_sha256`.
class CodeSource {
 public:
  virtual ~CodeSource() = default;
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::string>> zip_of(
      std::string account, std::string code_sha256) = 0;
};

[[noreturn]] inline void throw_exception_from_error(const NotRun& e, const boost::source_location&) {
  throw std::logic_error("invocation result not handled: " + e.detail);
}

}  // namespace millrace::lambda
