// Requests to S3: AWS's documented examples, and the errors of S3.
#include <gtest/gtest.h>

#include "api/auth/sigv4.h"
#include "api/auth/sigv4_errors.h"
#include "api/core/error.h"
#include "api/s3/aws_chunked.h"

namespace millrace::auth {
namespace {

// Source of these: S3 API reference, "Authenticating requests (AWS Signature Version 4)".
constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
constexpr const char* kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr const char* kChunksAndTrailer = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
constexpr SignedService kS3{"s3", Protocol::rest_xml};
const Time kNow = *parse_signature_time("20130524T000000Z");

HttpRequest request_of(std::string method, std::string target, std::string host,
                       std::initializer_list<Headers::Field> headers) {
  HttpRequest out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers.add("Host", std::move(host));
  for (const auto& [name, value] : headers) out.headers.add(name, value);
  return out;
}

std::string authorization(const std::string& names, const std::string& signature) {
  return "AWS4-HMAC-SHA256 "
         "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=" +
         names + ",Signature=" + signature;
}

constexpr const char* kBucket = "examplebucket.s3.amazonaws.com";

HttpRequest ranged_get() {
  return request_of(
      "GET", "/test.txt", kBucket,
      {{"Authorization", authorization("host;range;x-amz-content-sha256;x-amz-date",
                                       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")},
       {"Range", "bytes=0-9"},
       {"x-amz-content-sha256", kEmptyHash},
       {"x-amz-date", "20130524T000000Z"}});
}

HttpRequest presigned_get() {
  return request_of(
      "GET",
      "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-"
      "1"
      "%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&"
      "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
      kBucket, {});
}

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

// The error of a request; empty: there is none.
std::string refused(const HttpRequest& request, Time now = kNow, std::string_view secret = kSecret,
                    std::string* detail = nullptr) {
  SigningKeys keys;
  try {
    const SignatureClaim claim = parse_signature(request, kS3, now);
    EXPECT_FALSE(claim.needs_body_hash());
    verify_signature(claim, request, kS3, secret, "", keys);
  } catch (const ApiError& e) {
    if (detail) *detail = e.detail();
    return std::to_string(e.status()) + " " + e.code() + ": " + e.message();
  }
  return "";
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

TEST(SigV4S3, DocumentedHeaderExamples) {
  EXPECT_EQ(refused(ranged_get()), "");
  EXPECT_EQ(
      refused(request_of(
          "PUT", "/test%24file.text", kBucket,
          {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
           {"Authorization",
            authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                          "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")},
           {"x-amz-date", "20130524T000000Z"},
           {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
           {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}})),
      "");
  const auto query_get = [](const char* target, const char* signature) {
    return request_of("GET", target, kBucket,
                      {{"x-amz-date", "20130524T000000Z"},
                       {"x-amz-content-sha256", kEmptyHash},
                       {"Authorization", authorization("host;x-amz-content-sha256;x-amz-date", signature)}});
  };
  EXPECT_EQ(
      refused(query_get("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")),
      "");
  EXPECT_EQ(refused(query_get("/?max-keys=2&prefix=J",
                              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")),
            "");
}

TEST(SigV4S3, DocumentedPresignedExample) {
  EXPECT_EQ(refused(presigned_get()), "");
  const SignatureClaim claim = parse_signature(presigned_get(), kS3, kNow);
  EXPECT_EQ(claim.form, SignatureForm::query);
  EXPECT_EQ(claim.access_key, "AKIAIOSFODNN7EXAMPLE");
  EXPECT_EQ(claim.scope(), "20130524/us-east-1/s3/aws4_request");
  EXPECT_EQ(claim.lifetime, std::chrono::seconds(86400));
  EXPECT_EQ(claim.body, SignedBody::nothing);
}

TEST(SigV4S3, PresignedRequestsHaveALifetime) {
  using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
  EXPECT_EQ(refused(presigned_get(), kNow + hours(24)), "");
  std::string detail;
  EXPECT_EQ(refused(presigned_get(), kNow + hours(24) + seconds(1), kSecret, &detail),
            "403 AccessDenied: Request has expired");
  EXPECT_EQ(detail,
            "<X-Amz-Expires>86400</X-Amz-Expires><Expires>2013-05-25T00:00:00Z</Expires><ServerTime>"
            "2013-05-25T00:00:01Z</ServerTime>");
  EXPECT_EQ(refused(presigned_get(), kNow - minutes(15)), "");
  EXPECT_EQ(refused(presigned_get(), kNow - minutes(16), kSecret, &detail),
            "403 AccessDenied: Request is not yet valid");
  EXPECT_EQ(detail,
            "<X-Amz-Date>1369353600000</X-Amz-Date><Expires>2013-05-25T00:00:00Z</Expires><ServerTime>"
            "2013-05-23T23:44:00Z</ServerTime>");
}

TEST(SigV4S3, TheClockMayDifferByFifteenMinutes) {
  using std::chrono::minutes;
  EXPECT_EQ(refused(ranged_get(), kNow + minutes(15)), "");
  EXPECT_EQ(refused(ranged_get(), kNow - minutes(15)), "");
  std::string detail;
  for (const int difference : {16, -16})
    EXPECT_EQ(refused(ranged_get(), kNow + minutes(difference), kSecret, &detail),
              "403 RequestTimeTooSkewed: The difference between the request time and the current time is too "
              "large.");
  EXPECT_EQ(detail,
            "<RequestTime>20130524T000000Z</RequestTime><ServerTime>2013-05-23T23:44:00Z</ServerTime>"
            "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>");
}

TEST(SigV4S3, AWrongSignatureShowsWhatShouldHaveBeenSigned) {
  std::string detail;
  EXPECT_EQ(refused(ranged_get(), kNow, "another", &detail),
            "403 SignatureDoesNotMatch: The request signature we calculated does not match the signature you "
            "provided. Check your key and signing method.");
  EXPECT_TRUE(detail.starts_with(
      "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</"
      "AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n20130524T000000Z\n"
      "20130524/us-east-1/s3/aws4_request\n7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
      "</StringToSign><SignatureProvided>f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
      "</SignatureProvided><StringToSignBytes>41 57 53 34 2d 48"))
      << detail;
  EXPECT_NE(detail.find("<CanonicalRequest>GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\n"),
            std::string::npos);
  EXPECT_NE(detail.find("<CanonicalRequestBytes>47 45 54 0a 2f"), std::string::npos);
}

TEST(SigV4S3, EverythingSignedIsCovered) {
  HttpRequest other = ranged_get();
  other.headers.set("Range", "bytes=0-99");
  EXPECT_NE(refused(other), "");
  other = ranged_get();
  other.target = "/other.txt";
  EXPECT_NE(refused(other), "");
  other = ranged_get();
  other.target = "/test.txt?acl";
  EXPECT_NE(refused(other), "");
  other = ranged_get();
  other.headers.set("Host", "otherbucket.s3.amazonaws.com");
  EXPECT_NE(refused(other), "");
  other = presigned_get();
  other.target.replace(other.target.find("86400"), 5, "86401");
  EXPECT_NE(refused(other), "");
  // S3 encodes a path once, and leaves out no segment of it.
  other = ranged_get();
  other.target = "/./test.txt";
  EXPECT_NE(refused(other), "");
  other.target = "/%74est.txt";
  EXPECT_EQ(refused(other), "");
}

TEST(SigV4S3, HeadersThatMustBeSigned) {
  HttpRequest request = ranged_get();
  request.headers.add("X-Amz-Acl", "public-read");
  std::string detail;
  EXPECT_EQ(refused(request, kNow, kSecret, &detail),
            "403 AccessDenied: There were headers present in the request which were not signed");
  EXPECT_EQ(detail, "<HeadersNotSigned>x-amz-acl</HeadersNotSigned>");
  request = ranged_get();
  request.headers.set("Authorization", authorization("x-amz-content-sha256;x-amz-date", "00"));
  EXPECT_EQ(refused(request, kNow, kSecret, &detail),
            "403 AccessDenied: There were headers present in the request which were not signed");
  EXPECT_EQ(detail, "<HeadersNotSigned>host</HeadersNotSigned>");
}

TEST(SigV4S3, FormsThatAreRefused) {
  const auto with = [](const char* name, const std::string& value) {
    HttpRequest request = ranged_get();
    request.headers.set(name, value);
    return refused(request);
  };
  const auto scoped = [&](const std::string& scope) {
    return with("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/" + scope +
                                     ", SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=00");
  };
  const std::string malformed = "400 AuthorizationHeaderMalformed: The authorization header is malformed; ";
  EXPECT_EQ(scoped("20130524/us-east-1/s3/aws3_request"),
            malformed + "incorrect terminal \"aws3_request\". This endpoint uses \"aws4_request\".");
  EXPECT_EQ(scoped("20130524/us-east-1/kinesis/aws4_request"),
            malformed + "incorrect service \"kinesis\". This endpoint belongs to \"s3\".");
  EXPECT_EQ(scoped("2013-05-24/us-east-1/s3/aws4_request"),
            malformed +
                "incorrect date format \"2013-05-24\". This date in the credential must be in the format "
                "\"yyyyMMdd\".");
  EXPECT_EQ(scoped("20130525/us-east-1/s3/aws4_request"),
            malformed + "Invalid credential date. Date is not the same as X-Amz-Date.");
  EXPECT_EQ(with("Authorization", "AWS AKID:signature"),
            "400 InvalidRequest: The authorization mechanism you have provided is not supported. Please use "
            "AWS4-HMAC-SHA256.");
  EXPECT_EQ(with("x-amz-date", "yesterday"),
            "403 AccessDenied: AWS authentication requires a valid Date or x-amz-date header");
  EXPECT_EQ(with("x-amz-content-sha256", ""),
            "400 InvalidRequest: Missing required header for this request: x-amz-content-sha256");
  // Nobody would verify their signatures.
  EXPECT_TRUE(with("x-amz-content-sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")
                  .starts_with("400 InvalidRequest: "));
  HttpRequest query = presigned_get();
  query.target.replace(query.target.find("20130524%2F"), 8, "20130525");
  EXPECT_EQ(
      refused(query),
      "400 AuthorizationQueryParametersError: Invalid credential date \"20130525\". This date is not the "
      "same as X-Amz-Date: \"20130524\".");
}

TEST(SigV4S3, ARequestWithoutASignatureIsNobodys) {
  const HttpRequest request = request_of("GET", "/bucket/key", "s3.amazonaws.com", {});
  EXPECT_EQ(parse_signature(request, kS3, kNow).form, SignatureForm::none);
}

TEST(SigV4S3, OtherErrors) {
  SignatureClaim claim = parse_signature(ranged_get(), kS3, kNow);
  claim.session_token = "t<k";
  const auto text = [&](SignatureFailure failure) {
    const ApiError e = signature_error(failure, claim, kS3);
    return std::to_string(e.status()) + " " + e.code() + ": " + e.message() + " " + e.detail();
  };
  EXPECT_EQ(text(SignatureFailure::unknown_key),
            "403 InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records. "
            "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId>");
  EXPECT_EQ(text(SignatureFailure::inactive_key), text(SignatureFailure::unknown_key));
  EXPECT_EQ(text(SignatureFailure::expired_token),
            "400 ExpiredToken: The provided token has expired. <Token-0>t&lt;k</Token-0>");
  EXPECT_EQ(
      text(SignatureFailure::invalid_token),
      "400 InvalidToken: The provided token is malformed or otherwise invalid. <Token-0>t&lt;k</Token-0>");
  EXPECT_EQ(text(SignatureFailure::missing_token), "403 AccessDenied: Access Denied ");
}

TEST(SigV4S3, DocumentedChunks) {
  for (const std::size_t step : {1u, 7u, 1000u, 1u << 20}) {
    EXPECT_EQ(decoded(chunked_put(kChunks), chunked_body(), step), std::string(66560, 'a')) << step;
    EXPECT_EQ(decoded(chunked_put(kChunksAndTrailer), chunked_body_with_trailer(), step),
              std::string(66560, 'a'))
        << step;
  }
}

TEST(SigV4S3, ChangedChunksAreRefused) {
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

TEST(SigV4S3, ChangedTrailersAreRefused) {
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

TEST(SigV4S3, OnlySignedChunksAreVerified) {
  SigningKeys keys;
  EXPECT_EQ(chunk_signatures(parse_signature(ranged_get(), kS3, kNow), kSecret, keys), nullptr);
  EXPECT_EQ(chunk_signatures(parse_signature(presigned_get(), kS3, kNow), kSecret, keys), nullptr);
}

}  // namespace
}  // namespace millrace::auth
