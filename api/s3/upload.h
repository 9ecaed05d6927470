// The bytes of a PutObject or UploadPart: checked as they come, and written to a file that no object has yet.
#pragma once

#include <functional>

#include "api/core/body_sink.h"
#include "api/s3/body.h"

namespace millrace::s3 {

struct UploadedBody {
  storage::Content content;
  Body body;  // without its bytes
};

// What is checked before the body of an upload is asked for, in AWS's order; returns the checksum that is
// wanted of the body in any case. `input` is the operation's, from the head.
using BeforeUpload = asio::awaitable<std::optional<Algorithm>> (*)(S3& s3, const Request& request,
                                                                   const void* input);
// The same for one request, with what its service checks before.
using UploadCheck = std::function<asio::awaitable<std::optional<Algorithm>>()>;

// The sink of an upload. Lives as long as its request.
class Upload final : public BodySink {
 public:
  Upload(S3& s3, const Request& request, UploadCheck before)
      : s3_(s3), request_(request), before_(std::move(before)) {}

  [[nodiscard]] asio::awaitable<bool> open() override;
  [[nodiscard]] asio::awaitable<bool> write(std::string piece) override;
  // What came, when all of it has. Throws what `before` threw, as BodyIntake, and StorageFailure.
  [[nodiscard]] asio::awaitable<UploadedBody> finish();

 private:
  asio::awaitable<void> take(std::string piece);

  S3& s3_;
  const Request& request_;
  const UploadCheck before_;
  std::exception_ptr failure_;
  std::optional<BodyIntake> intake_;
  std::unique_ptr<storage::IncomingContent> content_;
};

// Whether the body of a request with this head is so small that it is held in memory.
[[nodiscard]] bool is_small_upload(const Headers& headers);

// The body of an upload that is in memory. Throws as Upload::finish.
[[nodiscard]] asio::awaitable<UploadedBody> take_upload(S3& s3, Request& request, UploadCheck before);

}  // namespace millrace::s3
