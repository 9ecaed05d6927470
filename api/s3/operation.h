// An operation of S3: where it stands in the space of methods, paths and query parameters, and the function
// that does it. S3 has constraints and error texts of its own for each member, so an operation reads its
// input from the call by hand, through the functions of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/core/begun.h"
#include "api/s3/checksum.h"
#include "storage/objects.h"

namespace millrace::s3 {

class S3;

enum class Level { service, bucket, object };

// A request taken apart. Lives in the frame that awaits the operation.
struct Call {
  Request& request;
  QueryParameters query;
  std::string bucket, key;   // empty above their level
  BodySink* body = nullptr;  // what has taken the body of an upload; nullptr: the request has it

  [[nodiscard]] const Headers& headers() const { return request.http.headers; }
  // The first value of a query parameter, decoded; nullopt when it is not there.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const {
    for (const auto& [n, value] : query)
      if (n == name) return value;
    return std::nullopt;
  }
  [[nodiscard]] storage::BucketId bucket_id() const { return {request.caller.account, bucket}; }
  [[nodiscard]] storage::ObjectId object_id() const { return {bucket_id(), key}; }
};

// What is checked before the body of an upload is asked for, in AWS's order; answers the checksum that is
// wanted of the body in any case.
using BeforeUpload = asio::awaitable<std::optional<Algorithm>> (*)(S3& s3, Call& call);

struct Operation {
  const char* name;
  const char* method;
  Level level;
  std::vector<std::string_view> parameters;  // that must be there: "uploads", "partNumber"
  asio::awaitable<HttpResponse> (*run)(S3& s3, Call& call);
  bool copies = false;                   // its bytes come from the object in x-amz-copy-source
  BeforeUpload before_upload = nullptr;  // its body is an object's or a part's bytes
};

}  // namespace millrace::s3
