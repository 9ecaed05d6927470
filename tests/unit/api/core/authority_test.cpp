#include "api/core/authority.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Authority, IsAHostAndMaybeAPort) {
  const auto parse = [](const char* text) { return parse_authority(text).value(); };
  EXPECT_EQ(parse("LocalHost:4567"), (Authority{"localhost", "4567", false}));
  EXPECT_EQ(parse("my_service"), (Authority{"my_service", "", false}));
  EXPECT_EQ(parse("example.org.:"), (Authority{"example.org", "", false}));
  EXPECT_EQ(parse("10.0.0.1:80"), (Authority{"10.0.0.1", "80", true}));
  EXPECT_EQ(parse("[::1]:80"), (Authority{"::1", "80", true}));
  EXPECT_FALSE(parse("10.0.0.1.example").is_address);
  for (const char* none :
       {"", ":80", "a:b", "a:123456", "a b", "user@host", "[::1", "[::1]x", "[host]", "::1", "a/b", "a%00b",
        "a%41", "a%", "a\x01", "a\x7f", "a\tb", "\xc3\xa9", "a,b c"})
    EXPECT_FALSE(parse_authority(none)) << none;
}

TEST(Authority, OfLoopbackIsKnown) {
  for (const char* yes :
       {"localhost", "bucket.s3.localhost", "127.0.0.1", "127.8.9.10:1", "[::1]", "[::ffff:127.0.0.1]"})
    EXPECT_TRUE(parse_authority(yes)->is_loopback()) << yes;
  for (const char* no :
       {"localhost.example", "notlocalhost", "10.0.0.1", "127.0.0.1.example", "[::2]", "0.0.0.0"})
    EXPECT_FALSE(parse_authority(no)->is_loopback()) << no;
}

TEST(Authority, IsAPrivateNameIfNobodyCanRegisterIt) {
  for (const char* yes : {"host", "localhost", "A.LocalHost", "printer.local:80", "metadata.google.internal"})
    EXPECT_TRUE(parse_authority(yes)->is_private_name()) << yes;
  for (const char* no : {"example.com", "localhost.example", "mylocal.example", "127.0.0.1", "[::1]"})
    EXPECT_FALSE(parse_authority(no)->is_private_name()) << no;
}

TEST(Origin, HasNoPortThatItsSchemeHas) {
  EXPECT_EQ(parse_origin("http://h:80"), parse_origin("HTTP://H"));
  EXPECT_EQ(parse_origin("https://h:443"), parse_origin("https://h"));
  EXPECT_NE(parse_origin("https://h:80"), parse_origin("https://h"));
  EXPECT_NE(parse_origin("https://h"), parse_origin("http://h"));
  for (const char* none : {"", "null", "o", "http://", "http://a/b", "://a", "http://a, http://b"})
    EXPECT_FALSE(parse_origin(none)) << none;
  EXPECT_EQ(origin_of_url("http://user:p@h:1/path?x=http://evil.example"), parse_origin("http://h:1"));
  EXPECT_EQ(origin_of_url("http://h?@evil"), parse_origin("http://h"));
}

TEST(HostPattern, OfAStarHasAllBelow) {
  EXPECT_TRUE(host_matches("a.corp.example", "*.corp.example"));
  EXPECT_TRUE(host_matches("a.b.corp.example", "*.corp.example"));
  EXPECT_FALSE(host_matches("corp.example", "*.corp.example"));
  EXPECT_FALSE(host_matches("evilcorp.example", "*.corp.example"));
  EXPECT_TRUE(host_matches("corp.example", "corp.example"));
}

}  // namespace
}  // namespace millrace
