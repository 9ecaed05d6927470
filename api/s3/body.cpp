#include "api/s3/body.h"

#include <algorithm>

#include "api/core/digest.h"
#include "api/s3/errors.h"
#include "storage/base/on_pool.h"

namespace millrace::s3 {

namespace {

constexpr std::size_t kReadBytes = 4 << 20;

// Those whose values are kept: what was sent, and what is wanted.
std::vector<Algorithm> kept_algorithms(const Claims& claims, std::optional<Algorithm> wanted) {
  std::optional<Algorithm> sent;
  if (claims.checksum) sent = claims.checksum->first;
  if (!sent && !claims.trailer.empty()) sent = algorithm_of_header(claims.trailer);
  std::vector<Algorithm> out;
  if (sent) out.push_back(*sent);
  if (wanted && wanted != sent) out.push_back(*wanted);
  if (out.empty()) out.push_back(Algorithm::crc64nvme);
  return out;
}

std::vector<Algorithm> computed_algorithms(std::vector<Algorithm> kept, const Claims& claims) {
  const bool has_sha256 = std::count(kept.begin(), kept.end(), Algorithm::sha256) > 0;
  if (!claims.sha256.empty() && !has_sha256) kept.push_back(Algorithm::sha256);
  return kept;
}

Body examine(std::string bytes, const Request& request, std::uint64_t limit) {
  BodyIntake intake(request, std::nullopt, limit);
  intake.take(bytes);
  Body body = intake.finish();
  body.bytes = std::move(bytes);
  return body;
}

}  // namespace

const std::string& Body::checksum(Algorithm a) const {
  return std::find_if(checksums.begin(), checksums.end(), [a](const auto& c) { return c.first == a; })
      ->second;
}

BodyIntake::BodyIntake(const Request& request, std::optional<Algorithm> wanted, std::uint64_t limit)
    : claims_(claims_of(request.http.headers)),
      kept_(kept_algorithms(claims_, wanted)),
      digests_(computed_algorithms(kept_, claims_)),
      is_part_(wanted.has_value()),
      limit_(limit) {
  if (!claims_.decoded_size) return;
  chunks_.emplace(request.chunk_signatures.get());
  if (*claims_.decoded_size > limit) throw entity_too_large(limit, *claims_.decoded_size);
}

void BodyIntake::take(std::string& piece) {
  if (chunks_) chunks_->decode(piece);
  size_ += piece.size();
  if (size_ > limit_) throw entity_too_large(limit_, size_);
  digests_.update(piece);
}

Body BodyIntake::finish() {
  if (chunks_) {
    const Headers trailer = chunks_->finish();
    if (size_ != *claims_.decoded_size) throw incomplete_body();
    claim_trailer(claims_, trailer);
  }
  Body body;
  for (const Algorithm a : kept_) body.checksums.emplace_back(a, digests_.value(a));
  if (!claims_.sha256.empty()) {
    const bool kept = std::count(kept_.begin(), kept_.end(), Algorithm::sha256) > 0;
    const std::string computed =
        hex(kept ? body.checksum(Algorithm::sha256) : digests_.value(Algorithm::sha256));
    if (!equals_ignoring_case(claims_.sha256, computed))
      throw content_sha256_mismatch(claims_.sha256, computed);
  }
  body.md5 = digests_.md5();
  if (!claims_.md5.empty() && claims_.md5 != body.md5)
    throw is_part_ ? bad_content_md5_of_part(claims_.md5, body.md5) : bad_content_md5(claims_.md5, body.md5);
  if (claims_.checksum) {
    body.sent = claims_.checksum->first;
    if (body.checksums.front().second != claims_.checksum->second) throw bad_digest(name_of(*body.sent));
  }
  return body;
}

asio::awaitable<Body> take_body(S3& s3, Request& request) {
  const std::uint64_t limit = s3.options.max_object_bytes;
  std::string bytes = std::move(request.http.body);
  if (bytes.size() <= kSmallBytes) co_return examine(std::move(bytes), request, limit);
  auto work = [bytes = std::move(bytes), &request, limit]() mutable {
    return examine(std::move(bytes), request, limit);
  };
  co_return co_await on_pool(s3.workers, std::move(work));
}

asio::awaitable<void> take_document(S3& s3, Request& request) {
  Body body = co_await take_body(s3, request);
  request.http.body = std::move(body.bytes);
}

void check_content_hash(const HttpRequest& http) {
  const std::string_view stated = http.headers.get("x-amz-content-sha256");
  if (http.method == "GET" || http.method == "HEAD" || stated.size() != 64) return;
  const std::string computed = hex(sha256_of(http.body));
  if (!equals_ignoring_case(stated, computed)) throw content_sha256_mismatch(stated, computed);
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
    co_await on_pool(s3.workers, std::move(work));
    offset += step;
  }
  Body body;
  body.md5 = digests.md5();
  body.checksums.emplace_back(wanted, digests.value(wanted));
  co_return body;
}

}  // namespace millrace::s3
