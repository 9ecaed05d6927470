#include "api/s3/claims.h"

#include <algorithm>
#include <charconv>

#include "api/core/base64.h"
#include "api/s3/aws_chunked.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

ApiError multiple_checksums() {
  return invalid_request(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
}

void claim_checksum(Claims& claims, Algorithm a, const std::string& value) {
  if (claims.checksum) throw multiple_checksums();
  std::optional<std::string> raw = base64_decode(value);
  if (!raw || raw->size() != size_of(a))
    throw invalid_request("Value for " + header_of(a) + " header is invalid.");
  claims.checksum.emplace(a, std::move(*raw));
}

void claim_checksums(Claims& claims, const Headers& headers) {
  if (std::count_if(headers.begin(), headers.end(),
                    [](const auto& header) { return algorithm_of_header(header.first).has_value(); }) > 1)
    throw multiple_checksums();
  for (const auto& [name, value] : headers) {
    if (name.size() < 15 || !equals_ignoring_case(std::string_view(name).substr(0, 15), "x-amz-checksum-"))
      continue;
    if (const auto a = algorithm_of_header(name)) {
      claim_checksum(claims, *a, value);
    } else if (!equals_ignoring_case(name, "x-amz-checksum-algorithm") &&
               !equals_ignoring_case(name, "x-amz-checksum-type") &&
               !equals_ignoring_case(name, "x-amz-checksum-mode")) {
      throw not_implemented(name);
    }
  }
}

std::uint64_t decoded_size(const Headers& headers) {
  const std::string_view text = headers.get("x-amz-decoded-content-length");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    throw missing_content_length();
  return size;
}

void claim_sha256(Claims& claims, const Headers& headers) {
  constexpr std::string_view kForms[] = {"UNSIGNED-PAYLOAD",
                                         "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                                         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                                         "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
                                         "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
                                         "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"};
  const auto given = headers.find("x-amz-content-sha256");
  if (!given || std::find(std::begin(kForms), std::end(kForms), *given) != std::end(kForms)) return;
  if (given->size() != 64 || given->find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
    throw invalid_argument(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a "
        "valid "
        "sha256 value.",
        "x-amz-content-sha256", *given);
  claims.sha256 = *given;
}

// The algorithm that the SDK names must be that of the checksum it sends.
void check_named(const Claims& claims, const Headers& headers) {
  const auto named = headers.find("x-amz-sdk-checksum-algorithm");
  if (!named) return;
  if (!claims.checksum && claims.trailer.empty())
    throw invalid_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
        "headers were found.");
  const Algorithm sent = claims.checksum ? claims.checksum->first : *algorithm_of_header(claims.trailer);
  if (algorithm_named(*named) != sent)
    throw invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.");
}

}  // namespace

Claims claims_of(const Headers& headers) {
  Claims out;
  claim_checksums(out, headers);
  if (const auto md5 = headers.find("content-md5")) {
    out.md5 = base64_decode(*md5).value_or("");
    if (out.md5.size() != 16) throw invalid_digest(*md5);
  }
  claim_sha256(out, headers);
  if (is_aws_chunked(headers)) {
    out.decoded_size = decoded_size(headers);
    out.trailer = headers.get("x-amz-trailer");
  }
  if (!out.trailer.empty() && !algorithm_of_header(out.trailer))
    throw invalid_request("The value specified in the x-amz-trailer header is not supported");
  if (out.checksum && !out.trailer.empty()) throw multiple_checksums();
  check_named(out, headers);
  return out;
}

void claim_trailer(Claims& claims, const Headers& trailer) {
  // What was not announced would go unchecked.
  for (const auto& [name, value] : trailer)
    if (!equals_ignoring_case(name, claims.trailer) && !equals_ignoring_case(name, "x-amz-trailer-signature"))
      throw malformed_trailer();
  if (claims.trailer.empty()) return;
  if (!trailer.find(claims.trailer)) throw malformed_trailer();
  claim_checksums(claims, trailer);
}

}  // namespace millrace::s3
