// The body of a PUT: out of its transfer form, and checked against every digest that came with it.
#pragma once

#include "api/s3/object_headers.h"
#include "api/s3/service.h"

namespace millrace::s3 {

struct Body {
  std::string bytes;
  std::string md5;                                               // raw
  std::optional<Algorithm> sent;                                 // whose value came with the request
  std::vector<std::pair<Algorithm, std::string>> checksums;      // raw: what was sent, and what was wanted
  [[nodiscard]] const std::string& checksum(Algorithm a) const;  // of those
};

// Takes the request's body. `wanted`: what is computed in any case; nullopt: CRC64NVME, if nothing was sent.
// Throws IncompleteBody, BadDigest, InvalidDigest, XAmzContentSHA256Mismatch, InvalidRequest, EntityTooLarge,
// MissingContentLength, MalformedTrailerError.
[[nodiscard]] asio::awaitable<Body> take_body(S3& s3, Call& call,
                                              std::optional<Algorithm> wanted = std::nullopt);

// The digests of a range of an object that is held open.
[[nodiscard]] asio::awaitable<Body> digest_range(S3& s3, storage::OpenObject object, std::uint64_t offset,
                                                 std::uint64_t size, Algorithm wanted);

// Whether small enough to be worked on at once.
inline constexpr std::size_t kSmallBytes = 32 << 10;

}  // namespace millrace::s3
