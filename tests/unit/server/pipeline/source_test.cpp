#include "server/pipeline/source.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

std::string source(const char* peer, std::initializer_list<const char*> forwarded) {
  static const Networks proxies({"10.0.0.0/8", "fd00::/8"});
  HttpRequest head;
  head.source = peer;
  for (const char* field : forwarded) {
    head.headers.add("Accept", "*/*");
    head.headers.add("X-Forwarded-For", field);
  }
  return source_of(head, proxies);
}

TEST(Source, IsThePeerUnlessItIsAProxy) {
  EXPECT_EQ(source("203.0.113.7", {"198.51.100.1"}), "203.0.113.7");
  EXPECT_EQ(source("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(source("", {"198.51.100.1"}), "");
}

TEST(Source, IsTheRightmostThatIsNoProxy) {
  EXPECT_EQ(source("10.0.0.1", {"198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(source("10.0.0.1", {"1.1.1.1, 198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(source("10.0.0.1", {"1.1.1.1,198.51.100.1 ,\t10.0.0.2"}), "198.51.100.1");
  EXPECT_EQ(source("10.0.0.1", {"1.1.1.1", "198.51.100.1, 10.3.0.1", "fd00::1"}), "198.51.100.1");
  EXPECT_EQ(source("fd00::2", {"2001:DB8::7"}), "2001:db8::7");
}

TEST(Source, IsTheFarthestProxyWhereAllAreProxies) {
  EXPECT_EQ(source("10.0.0.1", {"10.0.0.9, 10.0.0.2"}), "10.0.0.9");
}

TEST(Source, IsTheProxyThatNamesNoAddress) {
  EXPECT_EQ(source("10.0.0.1", {"198.51.100.1, unknown"}), "10.0.0.1");
  EXPECT_EQ(source("10.0.0.1", {"198.51.100.1, , 10.0.0.2"}), "10.0.0.2");
  EXPECT_EQ(source("10.0.0.1", {""}), "10.0.0.1");
  EXPECT_EQ(source("10.0.0.1", {"[", "]"}), "10.0.0.1");
  EXPECT_EQ(source("10.0.0.1", {std::string(100000, '1').c_str()}), "10.0.0.1");
}

TEST(Source, MayBeWrittenWithItsPort) {
  EXPECT_EQ(source("10.0.0.1", {"198.51.100.1:4711"}), "198.51.100.1");
  EXPECT_EQ(source("10.0.0.1", {"[2001:db8::7]:4711"}), "2001:db8::7");
  EXPECT_EQ(source("10.0.0.1", {"[2001:db8::7]"}), "2001:db8::7");
  EXPECT_EQ(source("10.0.0.1", {"::ffff:198.51.100.1"}), "198.51.100.1");
}

}  // namespace
}  // namespace millrace
