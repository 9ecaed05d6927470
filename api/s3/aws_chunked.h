// The body form that carries a checksum behind the bytes: chunks with their sizes in hex, then trailer lines.
//
//   size-in-hex [";chunk-signature=" hex] CRLF bytes CRLF ... "0" [";..."] CRLF { name ":" value CRLF } CRLF
//
// Source: S3 API reference, "Signature calculations: transferring payload in multiple chunks", and what SDKs
// send.
#pragma once

#include <string>
#include <string_view>

#include "api/core/chunk_signatures.h"
#include "api/core/message.h"

namespace millrace::s3 {

// Whether the request's body has this form.
[[nodiscard]] bool is_aws_chunked(const Headers& headers);

// Takes a body of this form piece by piece. Throws IncompleteBody, MalformedTrailerError, and what
// `signatures` throws.
class AwsChunkedDecoder {
 public:
  // `signatures`: verifies those of the chunks and of the trailer; nullptr: they are skipped.
  explicit AwsChunkedDecoder(ChunkSignatures* signatures = nullptr) : signatures_(signatures) {}

  // Replaces what came next of the body with what there is in it of the bytes of chunks.
  void decode(std::string& piece);
  // The body ended. The trailer's fields.
  [[nodiscard]] Headers finish() const;

 private:
  enum class At { size, bytes, end_of_bytes, trailer };
  void begin_chunk();
  // Moves a line's bytes from `rest` to `line_`; whether its end was there.
  bool take_line(std::string_view& rest);

  ChunkSignatures* const signatures_;
  At at_ = At::size;
  std::string line_;        // what has come of a line, or of the trailer
  std::uint64_t left_ = 0;  // of a chunk's bytes
};

// Replaces `body` with the bytes of its chunks and returns the trailer's fields. Signatures are skipped.
// Throws IncompleteBody, MalformedTrailerError.
[[nodiscard]] Headers decode_aws_chunked(std::string& body);

}  // namespace millrace::s3
