// Signatures: the first line is the Authorization header, the second the target, the third
// x-amz-content-sha256, the rest the body, which may come in signed chunks.
#include "api/auth/sigv4.h"

#include "api/auth/sigv4_canonical.h"
#include "api/core/error.h"
#include "api/s3/aws_chunked.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace millrace;

constexpr std::string_view kSecret = "secret";

std::string take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return std::string(line);
}

void decode(const auth::SignatureClaim& claim, std::string body, auth::SigningKeys& keys) {
  const auto signatures = auth::chunk_signatures(claim, kSecret, keys);
  if (!signatures) return;
  s3::AwsChunkedDecoder decoder(signatures.get());
  try {
    decoder.decode(body);
    (void)decoder.finish();
  } catch (const ApiError&) {
    return;
  }
  // Nobody who does not know the secret gets here.
  fuzz::expect(false, "chunks that nobody signed are refused");
}

void check(const HttpRequest& request, const auth::SignedService& service, Time now) {
  auth::SigningKeys keys;
  try {
    const auth::SignatureClaim claim = auth::parse_signature(request, service, now);
    if (claim.form == auth::SignatureForm::none) return;
    fuzz::expect(claim.time_text.size() == 16 && claim.date.size() == 8, "times are strict");
    fuzz::expect(claim.region.find('/') == std::string::npos, "a region is no path");
    fuzz::expect(!service.is_s3() || !claim.needs_body_hash(), "S3 is verified by the head");
    const std::string canonical = canonical_request(claim, request, service, "hash");
    fuzz::expect(canonical.ends_with("\nhash"), "the hash is the last line");
    decode(claim, request.body, keys);
    verify_signature(claim, request, service, kSecret, auth::hex_sha256(request.body), keys);
  } catch (const ApiError& e) {
    fuzz::expect(e.status() >= 400 && e.status() < 500 && !e.message().empty(), "a refusal says why");
    fuzz::expect(keys.size() == 0, "only keys of right signatures are kept");
    return;
  }
  fuzz::expect(false, "a request that nobody signed is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text = fuzz::view(data, size);
  HttpRequest request;
  request.method = "PUT";
  request.headers.add("Host", "localhost");
  request.headers.add("X-Amz-Date", "20260131T120000Z");
  if (std::string header = take_line(text); !header.empty())
    request.headers.add("Authorization", std::move(header));
  request.target = "/" + take_line(text);
  if (std::string hash = take_line(text); !hash.empty())
    request.headers.add("X-Amz-Content-Sha256", std::move(hash));
  request.body = text;
  const Time now = *auth::parse_signature_time("20260131T120000Z");
  check(request, {"s3", Protocol::rest_xml}, now);
  check(request, {"kinesis", Protocol::json_1_1}, now);
  check(request, {"iam", Protocol::query}, now);
  const std::string path = auth::normalized_path(request.path());
  fuzz::expect(auth::normalized_path(path) == path, "a normalized path stays as it is");
  return 0;
}
