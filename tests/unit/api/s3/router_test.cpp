#include "api/s3/router.h"

#include <gtest/gtest.h>

#include <set>

#include "api/s3/addressing.h"
#include "api/s3/service.h"

namespace millrace::s3 {
namespace {

// The operation of a request and its bucket and key, or the code of the error.
std::string routed(const std::string& method, const std::string& target, const std::string& header = "",
                   const std::string& host = "127.0.0.1:4567") {
  Request request;
  request.http.method = method;
  request.http.target = target;
  request.http.headers.add("Host", host);
  if (!header.empty()) request.http.headers.add(header, "/b/k");
  try {
    std::string out = route(head_of(request)).name;
    for (const auto& [name, value] : request.path) out += " " + value;
    return out;
  } catch (const ApiError& e) {
    return e.code();
  }
}

TEST(Router, TellsServiceBucketAndObject) {
  EXPECT_EQ(routed("GET", "/"), "ListBuckets");
  EXPECT_EQ(routed("GET", "/bucket"), "ListObjects bucket");
  EXPECT_EQ(routed("GET", "/bucket/"), "ListObjects bucket");
  EXPECT_EQ(routed("HEAD", "/bucket/?x-id=HeadBucket"), "HeadBucket bucket");
  EXPECT_EQ(routed("GET", "/bucket/a/b%20c/"), "GetObject bucket a/b c/");
  EXPECT_EQ(routed("GET", "/bucket//"), "GetObject bucket /");
  EXPECT_EQ(routed("GET", "/", "", "my-bucket.localhost"), "ListObjects my-bucket");
  EXPECT_EQ(routed("GET", "/a//b", "", "my-bucket.localhost:80"), "GetObject my-bucket a//b");
}

TEST(Router, GoesByTheQuery) {
  EXPECT_EQ(routed("GET", "/bucket?list-type=2&prefix="), "ListObjectsV2 bucket");
  EXPECT_EQ(routed("GET", "/bucket?uploads"), "ListMultipartUploads bucket");
  EXPECT_EQ(routed("GET", "/bucket?metrics"), "ListBucketMetricsConfigurations bucket");
  EXPECT_EQ(routed("GET", "/bucket?metrics&id=x"), "GetBucketMetricsConfiguration bucket");
  EXPECT_EQ(routed("POST", "/bucket/k?uploads"), "CreateMultipartUpload bucket k");
  EXPECT_EQ(routed("PUT", "/bucket/k?partNumber=1&uploadId=u"), "UploadPart bucket k");
  EXPECT_EQ(routed("PUT", "/bucket/k?partNumber=1"), "PutObject bucket k");
  EXPECT_EQ(routed("GET", "/bucket/k?acl"), "GetObjectAcl bucket k");
  EXPECT_EQ(routed("GET", "/bucket?acl"), "GetBucketAcl bucket");
}

TEST(Router, TellsCopiesByTheirHeader) {
  EXPECT_EQ(routed("PUT", "/bucket/k", "x-amz-copy-source"), "CopyObject bucket k");
  EXPECT_EQ(routed("PUT", "/bucket/k?partNumber=1&uploadId=u", "X-Amz-Copy-Source"),
            "UploadPartCopy bucket k");
  EXPECT_EQ(routed("GET", "/bucket/k", "x-amz-copy-source"), "GetObject bucket k");
  EXPECT_EQ(routed("PUT", "/bucket/k?acl", "x-amz-copy-source"), "NotImplemented");
}

TEST(Router, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(routed("GET", "/bucket?abac"), "NotImplemented");
  EXPECT_EQ(routed("PUT", "/bucket?cors"), "NotImplemented");
  EXPECT_EQ(routed("GET", "/bucket/k?torrent"), "NotImplemented");
  EXPECT_EQ(routed("POST", "/bucket"), "NotImplemented") << "a form";
  EXPECT_EQ(routed("PUT", "/"), "MethodNotAllowed");
  EXPECT_EQ(routed("PATCH", "/bucket/k"), "MethodNotAllowed");
}

TEST(Router, OperationsHaveDistinctPlaces) {
  std::set<std::string> places;
  for (const Operation* op : operations()) {
    std::string place = std::string(op->binding.method) + op->binding.uri;
    for (const FieldInfo& f : op->input)
      if (f.name == std::string_view("x-amz-copy-source")) place += " copies";
    EXPECT_TRUE(places.insert(place).second) << op->name;
  }
  EXPECT_GE(places.size(), 40u);
}

}  // namespace
}  // namespace millrace::s3
