// The bytes of a PutObject or UploadPart: checked as they come, and written to a file that no object has yet.
#pragma once

#include "api/s3/body.h"

namespace millrace::s3 {

// The sink of an upload. Lives as long as its request.
class Upload final : public BodySink {
 public:
  struct Done {
    storage::Content content;
    Body body;  // without its bytes
  };

  Upload(S3& s3, Call& call, BeforeUpload before) : s3_(s3), call_(call), before_(before) {}

  [[nodiscard]] asio::awaitable<bool> open() override;
  [[nodiscard]] asio::awaitable<bool> write(std::string piece) override;
  // What came, when all of it has. Throws what `before` threw, as BodyIntake, and StorageFailure.
  [[nodiscard]] asio::awaitable<Done> finish();

 private:
  asio::awaitable<void> take(std::string piece);

  S3& s3_;
  Call& call_;
  const BeforeUpload before_;
  std::exception_ptr failure_;
  std::optional<BodyIntake> intake_;
  std::unique_ptr<storage::IncomingContent> content_;
};

// Whether the body of a request with this head is so small that it is held in memory.
[[nodiscard]] bool is_small_upload(const Headers& headers);

// The upload's body, from its sink or from memory. Throws as Upload::finish.
[[nodiscard]] asio::awaitable<Upload::Done> take_upload(S3& s3, Call& call, BeforeUpload before);

}  // namespace millrace::s3
