// Requests to S3: AWS's documented examples, and the errors of S3.
#include <gtest/gtest.h>

#include "api/auth/sigv4_errors.h"
#include "api/core/error.h"
#include "tests/unit/api/auth/sigv4_s3_requests.h"

namespace millrace::auth {
namespace {

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
  EXPECT_EQ(
      with("Authorization", "AWS4-HMAC-SHA256 Credential=a"),
      malformed +
          "the authorization header requires three components: Credential, SignedHeaders, and Signature.");
  EXPECT_EQ(
      with("Authorization", "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=c"),
      malformed +
          "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
  EXPECT_EQ(with("Authorization", "Bearer token"), "400 InvalidArgument: Unsupported Authorization Type");
  HttpRequest query = presigned_get();
  query.target.replace(query.target.find("20130524%2F"), 8, "20130525");
  EXPECT_EQ(
      refused(query),
      "400 AuthorizationQueryParametersError: Invalid credential date \"20130525\". This date is not the "
      "same as X-Amz-Date: \"20130524\".");
}

TEST(SigV4S3, PresignedFormsThatAreRefused) {
  const auto with = [](const std::string& name, const std::string& value) {
    HttpRequest request = presigned_get();
    const std::size_t at = request.target.find(name + "=") + name.size() + 1;
    request.target.replace(at, request.target.find('&', at) - at, value);
    return refused(request);
  };
  const std::string malformed = "400 AuthorizationQueryParametersError: ";
  EXPECT_EQ(
      with("X-Amz-Expires", "604801"),
      malformed +
          "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be "
          "less than 604800 seconds");
  EXPECT_EQ(with("X-Amz-Expires", "-1"), malformed + "X-Amz-Expires must be non-negative");
  EXPECT_EQ(with("X-Amz-Expires", "soon"), malformed + "X-Amz-Expires should be a number");
  EXPECT_EQ(with("X-Amz-Date", "2013"),
            malformed + "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  EXPECT_EQ(with("X-Amz-Signature", ""),
            malformed +
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
                "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  EXPECT_EQ(
      refused(request_of("GET", "/b/k?AWSAccessKeyId=AKID&Expires=9999999999&Signature=c2ln", kBucket, {})),
      "400 InvalidRequest: The authorization mechanism you have provided is not supported. Please use "
      "AWS4-HMAC-SHA256.");
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

}  // namespace
}  // namespace millrace::auth
