#include "api/s3/body.h"

#include <algorithm>
#include <charconv>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/core/on_worker.h"
#include "api/s3/aws_chunked.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kReadBytes = 4 << 20;

// What the headers, and later the trailer, say of the body.
struct Claims {
  std::optional<std::pair<Algorithm, std::string>> checksum;  // raw
  std::string md5;                                            // raw; empty: none
  std::string sha256;                                         // hex; empty: none
  std::optional<std::uint64_t> decoded_size;                  // of the chunked form
  std::string trailer;                                        // the header that the trailer carries
};

void claim_checksum(Claims& claims, Algorithm a, const std::string& value) {
  if (claims.checksum)
    throw invalid_request(
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  std::optional<std::string> raw = base64_decode(value);
  if (!raw || raw->size() != size_of(a))
    throw invalid_request("Value for " + header_of(a) + " header is invalid.");
  claims.checksum.emplace(a, std::move(*raw));
}

void claim_checksums(Claims& claims, const Headers& headers) {
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

Claims claims_of(const Headers& headers) {
  Claims out;
  claim_checksums(out, headers);
  if (const auto md5 = headers.find("content-md5")) {
    out.md5 = base64_decode(*md5).value_or("");
    if (out.md5.size() != 16) throw invalid_digest(*md5);
  }
  const std::string_view sha256 = headers.get("x-amz-content-sha256");
  if (sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos)
    out.sha256 = sha256;
  if (is_aws_chunked(headers)) {
    out.decoded_size = decoded_size(headers);
    out.trailer = headers.get("x-amz-trailer");
  }
  const auto named = headers.find("x-amz-sdk-checksum-algorithm");
  if (named && !out.checksum && out.trailer.empty())
    throw invalid_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
        "headers were found.");
  return out;
}

void decode_chunks(std::string& bytes, Claims& claims) {
  const Headers trailer = decode_aws_chunked(bytes);
  if (bytes.size() != *claims.decoded_size) throw incomplete_body();
  if (claims.trailer.empty()) return;
  if (!trailer.find(claims.trailer)) throw malformed_trailer();
  claim_checksums(claims, trailer);
}

void check_sha256(const std::string& bytes, const std::string& claimed) {
  if (claimed.empty()) return;
  const std::string computed = hex(sha256_of(bytes));
  if (!equals_ignoring_case(claimed, computed)) throw content_sha256_mismatch(claimed, computed);
}

Body examine(std::string bytes, Claims claims, std::optional<Algorithm> wanted, std::uint64_t limit) {
  Body body;
  if (claims.decoded_size) decode_chunks(bytes, claims);
  if (bytes.size() > limit) throw entity_too_large(limit);
  check_sha256(bytes, claims.sha256);
  std::vector<Algorithm> algorithms;
  if (claims.checksum) algorithms.push_back(claims.checksum->first);
  if (wanted && (!claims.checksum || claims.checksum->first != *wanted)) algorithms.push_back(*wanted);
  if (algorithms.empty()) algorithms.push_back(Algorithm::crc64nvme);
  Digests digests(algorithms);
  digests.update(bytes);
  body.md5 = digests.md5();
  if (!claims.md5.empty() && claims.md5 != body.md5) throw bad_content_md5();
  for (const Algorithm a : algorithms) body.checksums.emplace_back(a, digests.value(a));
  if (claims.checksum) {
    body.sent = claims.checksum->first;
    if (body.checksums.front().second != claims.checksum->second) throw bad_digest(name_of(*body.sent));
  }
  body.bytes = std::move(bytes);
  return body;
}

}  // namespace

const std::string& Body::checksum(Algorithm a) const {
  return std::find_if(checksums.begin(), checksums.end(), [a](const auto& c) { return c.first == a; })
      ->second;
}

asio::awaitable<Body> take_body(S3& s3, Call& call, std::optional<Algorithm> wanted) {
  Claims claims = claims_of(call.headers());
  const std::uint64_t limit = s3.options.max_object_bytes;
  std::string bytes = std::move(call.request.http.body);
  if (bytes.size() <= kSmallBytes) co_return examine(std::move(bytes), std::move(claims), wanted, limit);
  auto work = [bytes = std::move(bytes), claims = std::move(claims), wanted, limit]() mutable {
    return examine(std::move(bytes), std::move(claims), wanted, limit);
  };
  co_return co_await on_worker(s3.workers, std::move(work));
}

asio::awaitable<Body> digest_range(S3& s3, storage::OpenObject object, std::uint64_t offset,
                                   std::uint64_t size, Algorithm wanted) {
  Digests digests({wanted});
  const std::uint64_t end = offset + size;
  while (offset < end) {
    const std::size_t step = std::min<std::uint64_t>(kReadBytes, end - offset);
    std::string piece = or_throw(co_await s3.objects.read(object, offset, step));
    auto work = [&digests, piece = std::move(piece)] {
      digests.update(piece);
      return true;
    };
    co_await on_worker(s3.workers, std::move(work));
    offset += step;
  }
  Body body;
  body.md5 = digests.md5();
  body.checksums.emplace_back(wanted, digests.value(wanted));
  co_return body;
}

}  // namespace millrace::s3
