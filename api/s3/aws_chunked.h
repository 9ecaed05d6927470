// The body form that carries a checksum behind the bytes: chunks with their sizes in hex, then trailer lines.
//
//   size-in-hex [";chunk-signature=" hex] CRLF bytes CRLF ... "0" [";..."] CRLF { name ":" value CRLF } CRLF
//
// Source: S3 API reference, "Signature calculations: transferring payload in multiple chunks", and what SDKs
// send.
#pragma once

#include <string>
#include <string_view>

#include "api/core/message.h"

namespace millrace::s3 {

// Whether the request's body has this form.
[[nodiscard]] bool is_aws_chunked(const Headers& headers);

// Replaces `body` with the bytes of its chunks and returns the trailer's fields. Signatures are skipped.
// Throws IncompleteBody, MalformedTrailerError.
[[nodiscard]] Headers decode_aws_chunked(std::string& body);

}  // namespace millrace::s3
