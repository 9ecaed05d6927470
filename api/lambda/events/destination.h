// Where is told what an event source mapping gave up, or what became of an asynchronous invocation, and in
// which words. Sources: Lambda developer guide, "Capturing records of failed invocations" and "Capturing
// records of Lambda asynchronous invocations"; the form of the notices: LocalStack's recordings of AWS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <span>
#include <string>

#include "api/core/principal.h"
#include "api/lambda/mappings/batch.h"
#include "storage/result.h"

namespace millrace::lambda {

// arn:aws:s3:::BUCKET, a function's ARN, and beyond AWS's: a stream's ARN, and http:// and https:// URLs.
struct Destination {
  enum class Kind { bucket, stream, endpoint, function } kind;
  std::string name;  // of the bucket or stream, the URL, or the function's ARN
};

// nullopt for what is no destination here. `account` and `region` are those that a stream must be of.
[[nodiscard]] std::optional<Destination> parse_destination(const std::string& text,
                                                           const std::string& account,
                                                           const std::string& region);

// A batch that was given up.
struct GivenUp {
  enum class Why { retries_exhausted, record_too_old } why;
  std::string request_id;                     // of the last invocation
  unsigned invocations = 1;                   // AWS's "approximate" count: at least 1
  std::optional<std::string> function_error;  // of the last invocation
  std::string version = "$LATEST";
  EventSource source;
  std::string stream_arn, function_arn;
  std::span<const EventRecord> records;  // none: the end of a window
  const WindowState* window = nullptr;
};

// The notice as JSON. With the event that the function failed to process, where `whole`; a window's end has
// it always, since its state is nowhere else.
[[nodiscard]] std::string failure_notice(const GivenUp& batch, Time now, bool whole);

// The key of the notice in a bucket: aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<unique>.
[[nodiscard]] std::string failure_object_key(const std::string& mapping, const std::string& shard, Time now,
                                             const std::string& unique);

// What became of an asynchronous invocation.
struct EventOutcome {
  enum class Condition { success, retries_exhausted, too_old } condition;
  std::string request_id, function_arn;  // the ARN with its qualifier
  unsigned invocations = 1;
  std::string request;  // JSON, as the function was given it
  // Of the last invocation; nullopt: there was none.
  struct Response {
    std::string version, payload;
    std::optional<std::string> function_error;
  };
  std::optional<Response> response;
};
[[nodiscard]] std::string event_notice(const EventOutcome& outcome, Time now);
// aws/lambda/async/<function>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<unique>.
[[nodiscard]] std::string event_object_key(const std::string& function, Time now, const std::string& unique);

struct Delivery {
  Principal from;  // buckets and streams are of its account and region
  Destination destination;
  std::string key;   // of an object
  std::string body;  // JSON
};

// What brings notices to their destinations; the server implements it. Owned by the application, outlives
// every user. Safe from any executor.
class Destinations {
 public:
  virtual ~Destinations() = default;

  // Whether there is such a bucket or stream; endpoints are not asked. Functions are none of its business
  // here and below. Errors: not_found, io.
  [[nodiscard]] virtual boost::asio::awaitable<storage::Result<void>> check(Principal caller,
                                                                            Destination destination) = 0;
  // Completes when the destination has taken it for good. Errors: io, with the reason.
  [[nodiscard]] virtual boost::asio::awaitable<storage::Result<void>> deliver(Delivery delivery) = 0;
};

}  // namespace millrace::lambda
