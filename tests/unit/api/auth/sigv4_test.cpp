#include "api/auth/sigv4.h"

#include <gtest/gtest.h>

#include "api/auth/sigv4_canonical.h"
#include "api/auth/sigv4_errors.h"
#include "api/core/error.h"

namespace millrace::auth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr const char* kScope = "AKIDEXAMPLE/20260131/us-east-1/kinesis/aws4_request";
constexpr SignedService kKinesis{"kinesis", Protocol::json_1_1};
const Time kNow = *parse_signature_time("20260131T120000Z");

HttpRequest put_record() {
  HttpRequest out;
  out.method = "POST";
  out.target = "/";
  out.headers.add("Host", "localhost:4567");
  out.headers.add("X-Amz-Date", "20260131T120000Z");
  out.headers.add("X-Amz-Target", "Kinesis_20131202.PutRecord");
  out.headers.add("Content-Type", "application/x-amz-json-1.1");
  out.body = R"({"StreamName":"s"})";
  return out;
}

HttpRequest copy_of(const HttpRequest& request) {
  HttpRequest out;
  out.method = request.method;
  out.target = request.target;
  out.headers = request.headers;
  out.body = request.body;
  return out;
}

struct Names {
  std::string list = "content-type;host;x-amz-date;x-amz-target";
  CanonicalForm form;
};

std::string signature_of(const SignatureClaim& claim, const HttpRequest& request,
                         const SignedService& service, const CanonicalForm& form) {
  const std::string hash = claim.body_hash.empty() ? hex_sha256(request.body) : claim.body_hash;
  const Hash key = derive_signing_key(kSecret, {claim.access_key, claim.date, claim.region, claim.service});
  const std::string text = "AWS4-HMAC-SHA256\n" + claim.time_text + "\n" + claim.scope() + "\n" +
                           hex_sha256(canonical_request(claim, request, service, hash, form));
  std::string out;
  append_hex(out, hmac_sha256(bytes_of(key), text));
  return out;
}

std::string authorization(const std::string& names, const std::string& signature,
                          const std::string& scope = kScope) {
  return "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=" + names + ", Signature=" + signature;
}

HttpRequest sign(const HttpRequest& unsigned_request, const Names& names = {},
                 const SignedService& service = kKinesis) {
  HttpRequest request = copy_of(unsigned_request);
  const std::string scope = "AKIDEXAMPLE/20260131/us-east-1/" + std::string(service.name) + "/aws4_request";
  request.headers.set("Authorization", authorization(names.list, "00", scope));
  const SignatureClaim claim = parse_signature(request, service, kNow);
  request.headers.set("Authorization",
                      authorization(names.list, signature_of(claim, request, service, names.form), scope));
  return request;
}

std::string presigned_target(const std::string& more = "", const std::string& expires = "&X-Amz-Expires=60") {
  return "/?Action=Get&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260131%2Fus-east-1%"
         "2F"
         "kinesis%2Faws4_request&X-Amz-Date=20260131T120000Z&X-Amz-SignedHeaders=host" +
         expires + more;
}

HttpRequest presign(const std::string& target, const CanonicalForm& form = {}) {
  HttpRequest out;
  out.method = "GET";
  out.headers.add("Host", "localhost");
  out.target = target + "&X-Amz-Signature=00";
  const SignatureClaim claim = parse_signature(out, kKinesis, kNow);
  out.target = target + "&X-Amz-Signature=" + signature_of(claim, out, kKinesis, form);
  return out;
}

// The error of a request; empty: there is none.
std::string refused(const HttpRequest& request, Time now = kNow, const SignedService& service = kKinesis,
                    std::string_view secret = kSecret) {
  SigningKeys keys;
  try {
    const SignatureClaim claim = parse_signature(request, service, now);
    verify_signature(claim, request, service, secret, hex_sha256(request.body), keys);
  } catch (const ApiError& e) {
    return std::to_string(e.status()) + " " + e.code() + ": " + e.message();
  }
  return "";
}

TEST(SigV4, AHeadSaysWhoSignedIt) {
  HttpRequest request = put_record();
  request.headers.add("X-Amz-Security-Token", "token");
  const SignatureClaim claim = parse_signature(sign(request), kKinesis, kNow);
  EXPECT_EQ(claim.form, SignatureForm::header);
  EXPECT_EQ(claim.access_key, "AKIDEXAMPLE");
  EXPECT_EQ(claim.scope(), "20260131/us-east-1/kinesis/aws4_request");
  EXPECT_EQ(claim.time, kNow);
  EXPECT_EQ(claim.session_token, "token");
  EXPECT_EQ(claim.signed_headers, "content-type;host;x-amz-date;x-amz-target");
  EXPECT_FALSE(claim.lifetime);
  EXPECT_TRUE(claim.needs_body_hash());
}

TEST(SigV4, WhatIsSignedIsCovered) {
  const HttpRequest request = sign(put_record());
  EXPECT_EQ(refused(request), "");
  HttpRequest other = copy_of(request);
  other.body += " ";
  EXPECT_TRUE(
      refused(other).starts_with("400 InvalidSignatureException: The request signature we calculated"));
  for (const char* name : {"Host", "Content-Type", "X-Amz-Target"}) {
    other = copy_of(request);
    other.headers.set(name, "other");
    EXPECT_NE(refused(other), "") << name;
  }
  other = copy_of(request);
  other.headers.add("X-Amz-Target", "Kinesis_20131202.DeleteStream");
  EXPECT_NE(refused(other), "");
  for (const char* target : {"/x", "/?a=b"}) {
    other = copy_of(request);
    other.target = target;
    EXPECT_NE(refused(other), "") << target;
  }
  other = copy_of(request);
  other.headers.add("User-Agent", "not signed");
  EXPECT_EQ(refused(other), "");
}

TEST(SigV4, TheAuthorizationHeaderHasManyForms) {
  HttpRequest request = sign(put_record());
  const std::string credential = std::string("Credential=") + kScope,
                    names = "SignedHeaders=content-type;host;x-amz-date;x-amz-target",
                    signature = "Signature=" + parse_signature(request, kKinesis, kNow).signature;
  for (const std::string& form :
       {credential + "," + names + "," + signature, credential + ", " + names + ", " + signature,
        credential + " " + names + " " + signature, signature + ",  " + names + " , " + credential}) {
    request.headers.set("Authorization", "AWS4-HMAC-SHA256 " + form);
    EXPECT_EQ(refused(request), "") << form;
  }
}

TEST(SigV4, SignedHeadersMayComeInAnyOrder) {
  EXPECT_EQ(refused(sign(put_record(), {"x-amz-date;host;x-amz-target", {}})), "");
  EXPECT_EQ(refused(sign(put_record(), {"x-amz-date;host;x-amz-target", {.as_listed = true}})), "");
  EXPECT_EQ(refused(sign(put_record(), {"Host;X-Amz-Date", {}})), "");
  EXPECT_EQ(refused(sign(put_record(), {"Host;X-Amz-Date", {.as_listed = true}})), "");
}

TEST(SigV4, PathsAreNormalizedAndEncodedTwice) {
  HttpRequest request = put_record();
  request.target = "/functions/arn%3Aaws/./a//b/../invocations?Qualifier=%24LATEST&a=1+2";
  const SignatureClaim claim = parse_signature(sign(request), kKinesis, kNow);
  const std::string canonical = canonical_request(claim, request, kKinesis, "hash");
  EXPECT_TRUE(
      canonical.starts_with("POST\n/functions/arn%253Aaws/a/invocations\nQualifier=%24LATEST&a=1%202\n"))
      << canonical;
  EXPECT_EQ(refused(sign(request)), "");
  EXPECT_EQ(refused(sign(request, {.form = {.path_as_sent = true}})), "");
  for (const auto& [path, normalized] :
       {std::pair("", "/"), std::pair("/", "/"), std::pair("//", "/"), std::pair("/..", "/"),
        std::pair("/a/../..", "/"), std::pair("/a/b/..", "/a"), std::pair("/a/./", "/a/"),
        std::pair("a/b", "/a/b")})
    EXPECT_EQ(normalized_path(path), normalized) << path;
}

TEST(SigV4, QueriesAreSortedByNameThenValue) {
  HttpRequest request = put_record();
  request.target = "/?b=2&a%20=1&b=1&a=2&c&&B=%c3%a4";
  const SignatureClaim claim = parse_signature(sign(request), kKinesis, kNow);
  const std::string canonical = canonical_request(claim, request, kKinesis, "hash");
  EXPECT_TRUE(canonical.starts_with("POST\n/\nB=%C3%A4&a=2&a%20=1&b=1&b=2&c=\n")) << canonical;
}

TEST(SigV4, TheClockMayDifferByFiveMinutes) {
  const HttpRequest request = sign(put_record());
  EXPECT_EQ(refused(request, kNow + minutes(5)), "");
  EXPECT_EQ(refused(request, kNow - minutes(5)), "");
  EXPECT_EQ(refused(request, kNow + minutes(5) + seconds(1)),
            "400 InvalidSignatureException: Signature expired: 20260131T120000Z is now earlier than "
            "20260131T120001Z (20260131T120501Z - 5 min.)");
  EXPECT_EQ(refused(request, kNow - minutes(5) - seconds(1)),
            "400 InvalidSignatureException: Signature not yet current: 20260131T120000Z is still later than "
            "20260131T115959Z (20260131T115459Z + 5 min.)");
}

TEST(SigV4, PresignedRequestsHaveALifetime) {
  const HttpRequest request = presign(presigned_target());
  EXPECT_EQ(refused(request), "");
  EXPECT_EQ(refused(request, kNow + seconds(60)), "");
  EXPECT_EQ(refused(request, kNow + seconds(61)),
            "400 InvalidSignatureException: Signature expired: 20260131T120000Z is now earlier than "
            "20260131T120001Z (20260131T120101Z - 1 min.)");
  EXPECT_EQ(refused(presign(presigned_target("", ""))), "");
  EXPECT_NE(refused(presign(presigned_target("", "")), kNow + minutes(6)), "");
  HttpRequest other = copy_of(request);
  for (const char* expires : {"604801", "-1", "x", "99999999999999999999"}) {
    other.target = presigned_target("&X-Amz-Signature=00", std::string("&X-Amz-Expires=") + expires);
    EXPECT_TRUE(refused(other).starts_with("400 IncompleteSignatureException: X-Amz-Expires must be"))
        << expires;
  }
}

TEST(SigV4, ASessionTokenIsSignedOrAddedAfterwards) {
  const std::string target = presigned_target("&X-Amz-Security-Token=a%2Fb%3D");
  EXPECT_EQ(refused(presign(target)), "");
  EXPECT_EQ(refused(presign(target, {.without_token = true})), "");
  EXPECT_EQ(parse_signature(presign(target), kKinesis, kNow).session_token, "a/b=");
  // A token of a request that was signed with another one.
  HttpRequest other = presign(target);
  other.target.replace(other.target.find("a%2Fb"), 5, "a%2Fc");
  EXPECT_NE(refused(other), "");
}

TEST(SigV4, AnUnsignedPayloadIsTheSignersChoice) {
  HttpRequest request = put_record();
  request.headers.add("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  request = sign(request);
  EXPECT_FALSE(parse_signature(request, kKinesis, kNow).needs_body_hash());
  request.body = "other";
  EXPECT_EQ(refused(request), "");
  // Whoever signed the body did not choose it.
  request = sign(put_record());
  request.headers.add("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  EXPECT_NE(refused(request), "");
}

TEST(SigV4, TheScopeIsThatOfTheRequest) {
  const auto scoped = [](const std::string& scope) {
    HttpRequest request = put_record();
    request.headers.add("Authorization", authorization("host", "00", scope));
    return refused(request);
  };
  EXPECT_EQ(scoped("AKID/20260131/us-east-1/dynamodb/aws4_request"),
            "400 InvalidSignatureException: Credential should be scoped to correct service: 'kinesis'. ");
  EXPECT_EQ(scoped("AKID/20260131/us/east/kinesis/aws4_request"),
            "400 IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term, got 'AKID/20260131/us/east/kinesis/aws4_request'");
  EXPECT_EQ(
      scoped("AKID/20260131/us.east/kinesis/aws4"),
      "400 InvalidSignatureException: Credential should be scoped to a valid region. Credential should be "
      "scoped with a valid terminator: 'aws4_request', not 'aws4'. ");
  EXPECT_EQ(scoped("AKID/20260130/us-east-1/kinesis/aws4_request"),
            "400 InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 "
            "version of date from HTTP. ");
}

TEST(SigV4, FormsThatAreRefused) {
  const auto with = [](const char* name, const std::string& value) {
    HttpRequest request = sign(put_record());
    request.headers.set(name, value);
    return refused(request);
  };
  EXPECT_EQ(with("Authorization", authorization("x-amz-date", "00")),
            "400 InvalidSignatureException: 'Host' must be a 'SignedHeader' in the AWS Authorization.");
  EXPECT_EQ(with("Authorization", "AWS4-ECDSA-P256-SHA256 " + authorization("host", "00").substr(17)),
            "400 IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'. ");
  EXPECT_EQ(with("Authorization", "AWS4-HMAC-SHA256 Credential=a"),
            "400 IncompleteSignatureException: Authorization header requires 'Signature' parameter. "
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 "
            "Credential=a");
  EXPECT_EQ(
      with("X-Amz-Date", "2026-01-31"),
      "400 IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '2026-01-31'. See "
      "http://en.wikipedia.org/wiki/ISO_8601");
  std::string names = "host";
  for (int i = 0; i < 128; ++i) names += ";a";
  EXPECT_TRUE(with("Authorization", authorization(names, "00")).starts_with("400 IncompleteSignature"));
  HttpRequest both = sign(put_record());
  both.target = presigned_target("&X-Amz-Signature=00");
  EXPECT_TRUE(refused(both).starts_with("400 InvalidSignatureException: Found both"));
  HttpRequest query = put_record();
  query.target = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256";
  EXPECT_TRUE(
      refused(query).starts_with("400 IncompleteSignatureException: AWS query-string parameters must"));
  query.target = presigned_target("&X-Amz-Signature=00") + "&X-Amz-SignedHeaders=";
  query.target.replace(query.target.find("=host"), 5, "=host%0Ax");
  EXPECT_TRUE(refused(query).starts_with("400 IncompleteSignatureException: SignedHeaders cannot be read"));
  EXPECT_EQ(parse_signature(put_record(), kKinesis, kNow).form, SignatureForm::none);
}

TEST(SigV4, TheDateHeaderWillDo) {
  for (const char* date : {"Sat, 31 Jan 2026 12:00:00 GMT", "20260131T120000Z"}) {
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    request.headers.add("Host", "h");
    request.headers.add("Date", date);
    EXPECT_EQ(refused(sign(request, {"date;host", {}})), "") << date;
  }
}

TEST(SigV4, ErrorsAreThoseOfTheProtocol) {
  const auto text = [](SignatureFailure failure, const SignedService& service) {
    const ApiError e = signature_error(failure, {}, service);
    return std::to_string(e.status()) + " " + e.code();
  };
  const SignedService lambda{"lambda", Protocol::rest_json}, iam{"iam", Protocol::query};
  const std::tuple<SignatureFailure, const char*, const char*> expected[] = {
      {SignatureFailure::missing_token, "MissingAuthenticationTokenException", "MissingAuthenticationToken"},
      {SignatureFailure::incomplete, "IncompleteSignatureException", "IncompleteSignature"},
      {SignatureFailure::unknown_key, "UnrecognizedClientException", "InvalidClientTokenId"},
      {SignatureFailure::inactive_key, "UnrecognizedClientException", "InvalidClientTokenId"},
      {SignatureFailure::invalid_token, "UnrecognizedClientException", "InvalidClientTokenId"},
      {SignatureFailure::expired_token, "ExpiredTokenException", "ExpiredToken"},
      {SignatureFailure::mismatch, "InvalidSignatureException", "SignatureDoesNotMatch"}};
  for (const auto& [failure, code, query_code] : expected) {
    EXPECT_EQ(text(failure, kKinesis), std::string("400 ") + code);
    EXPECT_EQ(text(failure, {"kinesis", Protocol::cbor_1_1}), std::string("400 ") + code);
    EXPECT_EQ(text(failure, lambda), std::string("403 ") + code);
    EXPECT_EQ(text(failure, iam), std::string("403 ") + query_code);
    EXPECT_EQ(signature_error(failure, {}, kKinesis).query_code(), query_code);
  }
  HttpRequest request = put_record();
  request.headers.add("Authorization", "AWS4-HMAC-SHA256 x");
  EXPECT_TRUE(refused(request, kNow, lambda).starts_with("403 IncompleteSignatureException: Authorization"));
  EXPECT_TRUE(refused(request, kNow, iam).starts_with("403 IncompleteSignature: Authorization header"));
}

TEST(SigV4, AMismatchShowsWhatShouldHaveBeenSigned) {
  const HttpRequest request = sign(put_record());
  const std::string hash = hex_sha256(request.body);
  const std::string canonical =
      "POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:localhost:4567\nx-amz-date:20260131T120000Z\n"
      "x-amz-target:Kinesis_20131202.PutRecord\n\ncontent-type;host;x-amz-date;x-amz-target\n" +
      hash;
  EXPECT_EQ(
      refused(request, kNow, kKinesis, "another"),
      "400 InvalidSignatureException: The request signature we calculated does not match the signature you "
      "provided. Check your AWS Secret Access Key and signing method. Consult the service documentation "
      "for details.\n\nThe Canonical String for this request should have been\n'" +
          canonical +
          "'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260131T120000Z\n"
          "20260131/us-east-1/kinesis/aws4_request\n" +
          hex_sha256(canonical) + "'\n");
}

TEST(SigV4, StsTakesPresignedRequestsForAQuarterOfAnHour) {
  HttpRequest request;
  request.method = "GET";
  request.headers.add("Host", "sts");
  request.target = presigned_target("&X-Amz-Signature=00");
  request.target.replace(request.target.find("kinesis"), 7, "sts");
  const SignedService sts{"sts", Protocol::query};
  EXPECT_NO_THROW((void)parse_signature(request, sts, kNow + minutes(15)));
  EXPECT_THROW((void)parse_signature(request, sts, kNow + minutes(16)), ApiError);
}

TEST(SigV4, TimesHaveOneForm) {
  EXPECT_EQ(
      parse_signature_time("20240229T235959Z"),
      Time(std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + std::chrono::hours(24) - seconds(1)));
  for (const char* text : {"", "20230229T000000Z", "20231301T000000Z", "20230101T240000Z", "20230101T006000Z",
                           "2023010 T000000Z", "20230101t000000Z", "20230101T000000z", "20230101T0000000Z"})
    EXPECT_FALSE(parse_signature_time(text)) << text;
}

}  // namespace
}  // namespace millrace::auth
