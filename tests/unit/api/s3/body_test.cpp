#include "api/s3/body.h"

#include <gtest/gtest.h>

#include "api/core/digest.h"
#include "api/core/error.h"

namespace millrace::s3 {
namespace {

// Takes every signature that is "good".
class Signatures final : public ChunkSignatures {
 public:
  void begin(std::string_view signature) override { good_ = signature == "good"; }
  void update(std::string_view bytes) override { seen += bytes; }
  void end() override { expect(good_); }
  void finish(std::string_view fields, std::string_view signature) override {
    trailer = fields;
    expect(signature == "good");
  }

  std::string seen, trailer;

 private:
  static void expect(bool good) {
    if (!good) throw ApiError(403, "SignatureDoesNotMatch", "");
  }
  bool good_ = false;
};

Request chunked(std::unique_ptr<ChunkSignatures> signatures) {
  Request out;
  out.http.method = "PUT";
  out.http.headers.add("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
  out.http.headers.add("x-amz-decoded-content-length", "5");
  out.http.headers.add("x-amz-trailer", "x-amz-checksum-crc32");
  out.chunk_signatures = std::move(signatures);
  return out;
}

std::string body_of(const std::string& first, const std::string& last, const std::string& trailer) {
  return "5;chunk-signature=" + first + "\r\nhello\r\n0;chunk-signature=" + last +
         "\r\nX-Amz-Checksum-Crc32: NhCmhg==\r\nx-amz-trailer-signature:" + trailer + "\r\n\r\n";
}

// The error of a body; empty: there is none.
std::string refused(const Request& request, std::string body) {
  try {
    BodyIntake intake(request, std::nullopt, 100);
    intake.take(body);
    (void)intake.finish();
  } catch (const ApiError& e) {
    return e.code();
  }
  return "";
}

TEST(BodyIntake, HasChunksVerified) {
  auto owned = std::make_unique<Signatures>();
  const Signatures& signatures = *owned;
  const Request request = chunked(std::move(owned));
  EXPECT_EQ(refused(request, body_of("good", "good", "good")), "");
  EXPECT_EQ(signatures.seen, "hello");
  EXPECT_EQ(signatures.trailer, "x-amz-checksum-crc32:NhCmhg==\n");
  EXPECT_EQ(refused(request, body_of("wrong", "good", "good")), "SignatureDoesNotMatch");
  EXPECT_EQ(refused(request, body_of("good", "wrong", "good")), "SignatureDoesNotMatch");
  EXPECT_EQ(refused(request, body_of("good", "good", "wrong")), "SignatureDoesNotMatch");
}

TEST(BodyIntake, SkipsSignaturesThatNobodyVerifies) {
  EXPECT_EQ(refused(chunked(nullptr), body_of("any", "other", "third")), "");
}

TEST(BodyIntake, ComparesTheBodyWithTheHashThatIsStated) {
  Request request;
  request.http.headers.add("x-amz-content-sha256", hex(sha256("hello")));
  EXPECT_EQ(refused(request, "hello"), "");
  EXPECT_EQ(refused(request, "hallo"), "XAmzContentSHA256Mismatch");
}

TEST(ContentHash, IsThatOfABodyThatIsADocument) {
  HttpRequest http;
  http.method = "POST";
  http.body = "<a/>";
  EXPECT_NO_THROW(check_content_hash(http));
  http.headers.add("x-amz-content-sha256", hex(sha256("<a/>")));
  EXPECT_NO_THROW(check_content_hash(http));
  http.body = "<b/>";
  EXPECT_THROW(check_content_hash(http), ApiError);
  http.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
  EXPECT_NO_THROW(check_content_hash(http));
}

}  // namespace
}  // namespace millrace::s3
