// What a request's headers, and later its trailer, say of its body.
#pragma once

#include "api/core/message.h"
#include "api/s3/checksum.h"

namespace millrace::s3 {

struct Claims {
  std::optional<std::pair<Algorithm, std::string>> checksum;  // raw
  std::string md5;                                            // raw; empty: none
  std::string sha256;                                         // hex; empty: none
  std::optional<std::uint64_t> decoded_size;                  // of the chunked form
  std::string trailer;                                        // the header that the trailer carries
};

// Throws InvalidRequest, InvalidDigest, InvalidArgument, MissingContentLength, NotImplemented.
[[nodiscard]] Claims claims_of(const Headers& headers);
// Adds the checksum that the trailer has. Throws MalformedTrailerError, and as above.
void claim_trailer(Claims& claims, const Headers& trailer);

}  // namespace millrace::s3
