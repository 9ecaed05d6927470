#include "api/s3/addressing.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

Request request_to(const std::string& target, const std::string& host = "127.0.0.1:4567") {
  Request request;
  request.http.method = "GET";
  request.http.target = target;
  request.http.headers.add("Host", host);
  return request;
}
std::string shown(const std::string& target, const std::string& host = "127.0.0.1:4567") {
  Request request = request_to(target, host);
  try {
    const Head head = head_of(request);
    return head.bucket + "|" + head.key;
  } catch (const ApiError& e) {
    return e.code();
  }
}

TEST(Addressing, PathStyle) {
  EXPECT_EQ(shown("/"), "|");
  EXPECT_EQ(shown("/?x-id=ListBuckets"), "|");
  EXPECT_EQ(shown("/bucket"), "bucket|");
  EXPECT_EQ(shown("/bucket/"), "bucket|");
  EXPECT_EQ(shown("/bucket/a/b%20c?x=1"), "bucket|a/b c");
  EXPECT_EQ(shown("/bucket//a/../b/"), "bucket|/a/../b/") << "paths are not normalized";
  EXPECT_EQ(shown("/bucket/a+b"), "bucket|a+b");
}

TEST(Addressing, VirtualHostStyle) {
  EXPECT_EQ(shown("/", "bkt.localhost:4567"), "bkt|");
  EXPECT_EQ(shown("/key", "my.bucket.localhost"), "my.bucket|key");
  EXPECT_EQ(shown("/bucket/key", "localhost:4567"), "bucket|key");
}

TEST(Addressing, NamesAreChecked) {
  EXPECT_EQ(shown("/ab"), "InvalidBucketName");
  EXPECT_EQ(shown("/Bucket/k"), "InvalidBucketName");
  EXPECT_EQ(shown("/a%2Fb/k"), "InvalidBucketName");
  EXPECT_EQ(shown("/bucket/%FF"), "InvalidURI");
  EXPECT_EQ(shown("/bucket/" + std::string(1024, 'k')).size(), 1031u);
  EXPECT_EQ(shown("/bucket/" + std::string(1025, 'k')), "KeyTooLongError");
  EXPECT_EQ(shown("*"), "InvalidURI");
}

TEST(Addressing, BucketNames) {
  for (const char* good : {"abc", "a-b.c", "123", "retail-processed-data"})
    EXPECT_TRUE(is_bucket_name(good)) << good;
  for (const char* bad :
       {"", "ab", "-abc", "abc-", "a..b", "a_b", "ABC", "192.168.0.1", "a b", "\xc3\xa4\xc3\xa4"})
    EXPECT_FALSE(is_bucket_name(bad)) << bad;
  EXPECT_FALSE(is_bucket_name(std::string(64, 'a')));
}

TEST(Addressing, Utf8) {
  for (const char* good : {"", "abc", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"})
    EXPECT_TRUE(is_utf8(good));
  for (const char* bad :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "a\xe2\x82"})
    EXPECT_FALSE(is_utf8(bad));
}

}  // namespace
}  // namespace millrace::s3
