// AWS Signature Version 4: who signed a request, and whether the signature is right.
// Sources: IAM user guide, "Create a signed AWS API request"; S3 API reference, "Authenticating requests (AWS
// Signature Version 4)"; AWS's signing test suite (tests/data/sigv4).
//
// A request is looked at twice. parse_signature reads the head, before anything of the body is read, and
// refuses what the head and the clock decide: form, scope, time. verify_signature needs the secret of the
// access key, and for services other than S3 the hash of the body. S3 signs the hash that the head states, so
// that it is verified by the head, and compares the body with that hash while it comes.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/auth/sigv4_keys.h"
#include "api/core/chunk_signatures.h"
#include "api/core/message.h"
#include "api/core/protocol.h"
#include "storage/clock.h"

namespace millrace::auth {

// Whom a request is for, and so which rules and which errors it has: the model's name and the request's
// protocol.
struct SignedService {
  std::string_view name;
  Protocol protocol = Protocol::json_1_1;

  [[nodiscard]] bool is_s3() const { return name == "s3"; }
};

enum class SignatureForm : std::uint8_t { none, header, query };

// What the signature covers of the body.
enum class SignedBody : std::uint8_t {
  all,                    // its hash
  nothing,                // UNSIGNED-PAYLOAD
  chunks,                 // S3: STREAMING-AWS4-HMAC-SHA256-PAYLOAD
  chunks_and_trailer,     // S3: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER
  nothing_of_its_chunks,  // S3: STREAMING-UNSIGNED-PAYLOAD-TRAILER
};

// What the head states. Not to be believed before it is verified.
struct SignatureClaim {
  SignatureForm form = SignatureForm::none;
  std::string access_key, date, region, service;  // of the credential scope; the date is eight digits
  std::string time_text;                          // as signed: 20260131T123456Z
  Time time;
  std::optional<std::chrono::seconds> lifetime;  // of a presigned request
  std::string signed_headers;                    // names, separated by semicolons
  std::string signature;                         // hex
  std::string session_token;                     // empty: none
  SignedBody body = SignedBody::all;
  std::string body_hash;  // the last line of the canonical request; empty: the hash of the body

  // Whether verify_signature needs the hash of the body. Never of a request to S3.
  [[nodiscard]] bool needs_body_hash() const { return form != SignatureForm::none && body_hash.empty(); }
  // Whether the header is one of those that are signed.
  [[nodiscard]] bool signs(std::string_view header) const;
  // "20260131/us-east-1/kinesis/aws4_request".
  [[nodiscard]] std::string scope() const;
};

// The claim of a request; its form is `none` for a request without a signature, which some operations allow:
// the others answer signature_error(missing_token). Throws the service's error for a wrong form or scope, for
// a time that is too far from `now` (5 minutes, S3 15), and for a presigned request that has expired.
[[nodiscard]] SignatureClaim parse_signature(const HttpRequest& head, const SignedService& service, Time now);

// Returns when the signature is right; throws the service's error for a wrong one. `head`: with the target
// and the headers that parse_signature saw. `secret`: of the claim's access key. `body_sha256`: in hex
// (hex_sha256); not looked at unless the claim needs it. Safe from any thread.
void verify_signature(const SignatureClaim& claim, const HttpRequest& head, const SignedService& service,
                      std::string_view secret, std::string_view body_sha256, SigningKeys& keys);

// "20260131T123456Z" exactly; nullopt for another form and for what is no time.
[[nodiscard]] std::optional<Time> parse_signature_time(std::string_view text);

// SHA-256 of a body in hex.
[[nodiscard]] std::string hex_sha256(std::string_view bytes);

// What verifies the body of a request to S3 whose head was verified; nullptr: its chunks are not signed.
[[nodiscard]] std::unique_ptr<ChunkSignatures> chunk_signatures(const SignatureClaim& claim,
                                                                std::string_view secret, SigningKeys& keys);

}  // namespace millrace::auth
