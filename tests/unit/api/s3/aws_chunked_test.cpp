#include "api/s3/aws_chunked.h"

#include <gtest/gtest.h>

#include "api/core/error.h"

namespace millrace::s3 {
namespace {

std::string decoded(std::string body, Headers* trailer = nullptr) {
  Headers fields = decode_aws_chunked(body);
  if (trailer) *trailer = fields;
  return body;
}
std::string refused(std::string body) {
  try {
    (void)decode_aws_chunked(body);
  } catch (const ApiError& e) {
    return e.code();
  }
  return "";
}

TEST(AwsChunked, UnsignedWithATrailer) {
  Headers trailer;
  EXPECT_EQ(decoded("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", &trailer), "hello");
  EXPECT_EQ(trailer.get("x-amz-checksum-crc32"), "NhCmhg==");
  EXPECT_EQ(decoded("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n\r\n"), "hello");
}

TEST(AwsChunked, SignedWithAndWithoutATrailer) {
  const std::string signature = ";chunk-signature=" + std::string(64, 'a');
  EXPECT_EQ(
      decoded("5" + signature + "\r\nhello\r\n6" + signature + "\r\n world\r\n0" + signature + "\r\n\r\n"),
      "hello world");
  Headers trailer;
  EXPECT_EQ(decoded("A" + signature + "\r\n0123456789\r\n0" + signature +
                        "\r\nx-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:" +
                        std::string(64, 'b') + "\r\n\r\n",
                    &trailer),
            "0123456789");
  EXPECT_EQ(trailer.get("x-amz-checksum-crc32c"), "sOO8/Q==");
}

TEST(AwsChunked, EmptyBodyAndBytesThatLookLikeChunks) {
  EXPECT_EQ(decoded("0\r\n\r\n"), "");
  EXPECT_EQ(decoded("0\r\n"), "");
  EXPECT_EQ(decoded("8\r\n0\r\n\r\n0\r\n\r\n0\r\n\r\n"), "0\r\n\r\n0\r\n");
}

TEST(AwsChunked, BrokenBodiesAreRefused) {
  for (const char* body :
       {"", "5", "5\r\n", "5\r\nhell", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
        "x\r\nhello\r\n0\r\n\r\n", "-1\r\n\r\n", "ffffffffffffffffff\r\n\r\n",
        "ffffffffffffffff\r\nhello\r\n0\r\n\r\n", "\r\n\r\n"})
    EXPECT_EQ(refused(body), "IncompleteBody") << body;
  EXPECT_EQ(refused("0\r\nno colon\r\n\r\n"), "MalformedTrailerError");
  EXPECT_EQ(refused("0\r\n:value\r\n\r\n"), "MalformedTrailerError");
}

TEST(AwsChunked, ComesInPiecesOfAnySize) {
  const std::string signature = ";chunk-signature=" + std::string(64, 'a');
  const std::string body = "5" + signature + "\r\nhello\r\n7" + signature + "\r\n\r\nworld\r\n0" + signature +
                           "\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
  for (std::size_t size = 1; size <= body.size(); ++size) {
    AwsChunkedDecoder decoder;
    std::string bytes;
    for (std::size_t at = 0; at < body.size(); at += size) {
      std::string piece = body.substr(at, size);
      decoder.decode(piece);
      bytes += piece;
    }
    EXPECT_EQ(bytes, "hello\r\nworld") << size;
    EXPECT_EQ(decoder.finish().get("x-amz-checksum-crc32"), "NhCmhg==") << size;
  }
}

TEST(AwsChunked, WhatIsAroundTheBytesIsBounded) {
  AwsChunkedDecoder decoder;
  std::string piece(8000, '1');
  decoder.decode(piece);
  piece = std::string(8000, '1');
  EXPECT_THROW(decoder.decode(piece), ApiError);
}

TEST(AwsChunked, IsToldByItsHeaders) {
  Headers headers;
  EXPECT_FALSE(is_aws_chunked(headers));
  headers.add("Content-Encoding", "gzip,aws-chunked");
  EXPECT_TRUE(is_aws_chunked(headers));
  Headers by_hash;
  by_hash.add("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  EXPECT_TRUE(is_aws_chunked(by_hash));
}

}  // namespace
}  // namespace millrace::s3
