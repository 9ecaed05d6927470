// AWS's documented examples of requests to S3.
#pragma once

#include "api/auth/sigv4.h"

namespace millrace::auth {

// Source of these: S3 API reference, "Authenticating requests (AWS Signature Version 4)".
inline constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
inline constexpr const char* kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
inline constexpr SignedService kS3{"s3", Protocol::rest_xml};
inline const Time kNow = *parse_signature_time("20130524T000000Z");

inline HttpRequest request_of(std::string method, std::string target, std::string host,
                              std::initializer_list<Headers::Field> headers) {
  HttpRequest out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers.add("Host", std::move(host));
  for (const auto& [name, value] : headers) out.headers.add(name, value);
  return out;
}

inline std::string authorization(const std::string& names, const std::string& signature) {
  return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
         ",SignedHeaders=" +
         names + ",Signature=" + signature;
}

inline constexpr const char* kBucket = "examplebucket.s3.amazonaws.com";

inline HttpRequest ranged_get() {
  return request_of(
      "GET", "/test.txt", kBucket,
      {{"Authorization", authorization("host;range;x-amz-content-sha256;x-amz-date",
                                       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")},
       {"Range", "bytes=0-9"},
       {"x-amz-content-sha256", kEmptyHash},
       {"x-amz-date", "20130524T000000Z"}});
}

inline HttpRequest presigned_get() {
  return request_of("GET",
                    "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
                    kBucket, {});
}

}  // namespace millrace::auth
