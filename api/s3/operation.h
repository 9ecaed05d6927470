// What S3 adds to the declaration of an operation (api/core/operation.h): what is done with bodies around it.
#pragma once

#include "api/core/operation.h"
#include "api/s3/upload.h"

namespace millrace::s3 {

struct Row : Operation {
  using Check = asio::awaitable<void> (*)(S3& s3, Request& request);

  Row(Operation op) : Operation(std::move(op)) {}

  Check before_body = nullptr;  // runs before the body is decoded, and may replace it
  BeforeUpload before_upload = nullptr;
  void (*take)(void* input, UploadedBody body) = nullptr;        // with before_upload
  void (*give)(void* output, HttpResponse& response) = nullptr;  // moves what no codec writes

  // For operations that check the bucket, and the digests of the body, before they look at its content.
  Row&& checked_by(Check check) && {
    before_body = check;
    return std::move(*this);
  }
  // The payload is streamed. `kBefore` runs before the body is asked for, and returns the checksum that is
  // wanted of it in any case. In has a member `upload`.
  template <class In, asio::awaitable<std::optional<Algorithm>> (*kBefore)(S3&, const Request&, const In&)>
  Row&& uploads() && {
    before_upload = [](S3& s3, const Request& request, const void* input) {
      return kBefore(s3, request, *static_cast<const In*>(input));
    };
    take = [](void* input, UploadedBody body) { static_cast<In*>(input)->upload = std::move(body); };
    return std::move(*this);
  }
  // The answer has a file as its body. Out has a member `response`.
  template <class Out>
  Row&& answers() && {
    give = [](void* output, HttpResponse& response) {
      response = std::move(static_cast<Out*>(output)->response);
    };
    return std::move(*this);
  }
};

}  // namespace millrace::s3
