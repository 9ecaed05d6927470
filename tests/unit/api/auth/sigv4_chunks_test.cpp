// Bodies of requests to S3 that come in signed chunks.
#include <gtest/gtest.h>

#include "api/core/error.h"
#include "api/s3/aws_chunked.h"
#include "tests/unit/api/auth/sigv4_s3_requests.h"

namespace millrace::auth {
namespace {

constexpr const char* kChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr const char* kChunksAndTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

HttpRequest chunked_put(const char* form) {
  HttpRequest out = request_of("PUT", "/examplebucket/chunkObject.txt", "s3.amazonaws.com",
                               {{"x-amz-date", "20130524T000000Z"},
                                {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                {"x-amz-content-sha256", form},
                                {"Content-Encoding", "aws-chunked"},
                                {"x-amz-decoded-content-length", "66560"}});
  if (form == kChunks) {
    out.headers.add("Content-Length", "66824");
    out.headers.add("Authorization",
                    authorization("content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
                                  "x-amz-decoded-content-length;x-amz-storage-class",
                                  "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"));
  } else {
    out.headers.add("x-amz-trailer", "x-amz-checksum-crc32c");
    out.headers.add("Authorization",
                    authorization("content-encoding;host;x-amz-content-sha256;x-amz-date;"
                                  "x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
                                  "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"));
  }
  return out;
}

std::string chunk(const std::string& bytes, const std::string& signature) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx;chunk-signature=", bytes.size());
  return size + signature + "\r\n" + bytes + (bytes.empty() ? "" : "\r\n");
}

std::string chunked_body() {
  return chunk(std::string(65536, 'a'), "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") +
         chunk(std::string(1024, 'a'), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497") +
         chunk("", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") + "\r\n";
}
std::string chunked_body_with_trailer() {
  return chunk(std::string(65536, 'a'), "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2") +
         chunk(std::string(1024, 'a'), "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7") +
         chunk("", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992") +
         "x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:"
         "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
}

std::string decoded(const HttpRequest& request, std::string body, std::size_t step) {
  SigningKeys keys;
  const SignatureClaim claim = parse_signature(request, kS3, kNow);
  verify_signature(claim, request, kS3, kSecret, "", keys);
  const auto signatures = chunk_signatures(claim, kSecret, keys);
  s3::AwsChunkedDecoder decoder(signatures.get());
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += step) {
    std::string piece = body.substr(at, step);
    decoder.decode(piece);
    out += piece;
  }
  (void)decoder.finish();
  return out;
}
std::string body_error(const HttpRequest& request, std::string body) {
  try {
    (void)decoded(request, std::move(body), 1 << 20);
  } catch (const ApiError& e) {
    return e.code();
  }
  return "";
}

TEST(SigV4Chunks, DocumentedChunks) {
  for (const std::size_t step : {1u, 7u, 1000u, 1u << 20}) {
    EXPECT_EQ(decoded(chunked_put(kChunks), chunked_body(), step), std::string(66560, 'a')) << step;
    EXPECT_EQ(decoded(chunked_put(kChunksAndTrailer), chunked_body_with_trailer(), step),
              std::string(66560, 'a'))
        << step;
  }
}

TEST(SigV4Chunks, ChangedChunksAreRefused) {
  const std::string mismatch = "SignatureDoesNotMatch";
  std::string body = chunked_body();
  body[100] = 'b';  // a byte of the first chunk
  EXPECT_EQ(body_error(chunked_put(kChunks), body), mismatch);
  // Chunks that change their places, are left out, or end early.
  const std::string second =
      chunk(std::string(1024, 'a'), "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
  body = chunked_body();
  body.erase(body.find(second), second.size());
  EXPECT_EQ(body_error(chunked_put(kChunks), body), mismatch);
  EXPECT_EQ(body_error(chunked_put(kChunks), second + chunked_body()), mismatch);
  EXPECT_EQ(body_error(chunked_put(kChunks), "0\r\n\r\n"), mismatch);
  EXPECT_EQ(body_error(chunked_put(kChunks), "5\r\naaaaa\r\n0\r\n\r\n"), mismatch);
  // A trailer that the form does not sign.
  body = chunked_body();
  body.insert(body.size() - 2, "x-amz-checksum-crc32c:sOO8/Q==\r\n");
  EXPECT_EQ(body_error(chunked_put(kChunks), body), mismatch);
}

TEST(SigV4Chunks, ChangedTrailersAreRefused) {
  const std::string mismatch = "SignatureDoesNotMatch";
  std::string body = chunked_body_with_trailer();
  body.replace(body.find("sOO8"), 4, "sOO9");
  EXPECT_EQ(body_error(chunked_put(kChunksAndTrailer), body), mismatch);
  body = chunked_body_with_trailer();
  body.replace(body.find("x-amz-trailer-signature"), 23, "x-amz-trailer-signature-");
  EXPECT_EQ(body_error(chunked_put(kChunksAndTrailer), body), mismatch);
  body = chunked_body_with_trailer();
  body.resize(body.find("x-amz-checksum"));
  EXPECT_EQ(body_error(chunked_put(kChunksAndTrailer), body), mismatch);
}

TEST(SigV4Chunks, OnlySignedChunksAreVerified) {
  SigningKeys keys;
  EXPECT_EQ(chunk_signatures(parse_signature(ranged_get(), kS3, kNow), kSecret, keys), nullptr);
  EXPECT_EQ(chunk_signatures(parse_signature(presigned_get(), kS3, kNow), kSecret, keys), nullptr);
}

}  // namespace
}  // namespace millrace::auth
