// The body of a PUT: out of its transfer form, and checked against every digest that came with it.
#pragma once

#include "api/s3/aws_chunked.h"
#include "api/s3/claims.h"
#include "api/s3/object_headers.h"
#include "api/s3/service.h"

namespace millrace::s3 {

struct Body {
  std::string bytes;                                             // empty for an upload, which has them
  std::string md5;                                               // raw
  std::optional<Algorithm> sent;                                 // whose value came with the request
  std::vector<std::pair<Algorithm, std::string>> checksums;      // raw: what was sent, and what was wanted
  [[nodiscard]] const std::string& checksum(Algorithm a) const;  // of those
};

// Takes a body piece by piece. Throws IncompleteBody, BadDigest, InvalidDigest, XAmzContentSHA256Mismatch,
// InvalidRequest, EntityTooLarge, MissingContentLength, MalformedTrailerError, SignatureDoesNotMatch.
class BodyIntake {
 public:
  // `request`: outlives this. `wanted`: what is computed in any case; nullopt: CRC64NVME, if nothing was
  // sent. `limit`: in bytes.
  BodyIntake(const Request& request, std::optional<Algorithm> wanted, std::uint64_t limit);

  // Takes what came next, and leaves in `piece` what there is in it of the bytes that were sent.
  void take(std::string& piece);
  // The body ended. Its digests, all of which are as they were claimed.
  [[nodiscard]] Body finish();

 private:
  Claims claims_;
  const std::vector<Algorithm> kept_;
  Digests digests_;
  std::optional<AwsChunkedDecoder> chunks_;
  const bool is_part_;  // of these alone an algorithm is wanted
  const std::uint64_t limit_;
  std::uint64_t size_ = 0;
};

// Takes a body that is in memory. Throws as BodyIntake.
[[nodiscard]] asio::awaitable<Body> take_body(S3& s3, Request& request);
// Replaces the body of the request with its bytes. Throws as BodyIntake.
[[nodiscard]] asio::awaitable<void> take_document(S3& s3, Request& request);

// Throws XAmzContentSHA256Mismatch if the body is not the one whose hash the request states. For operations
// that do not take their bodies by one of the above.
void check_content_hash(const HttpRequest& http);

// The digests of a range of an object that is held open.
[[nodiscard]] asio::awaitable<Body> digest_range(S3& s3, storage::OpenObject object, std::uint64_t offset,
                                                 std::uint64_t size, Algorithm wanted);

// Whether small enough to be worked on at once.
inline constexpr std::size_t kSmallBytes = 32 << 10;

}  // namespace millrace::s3
