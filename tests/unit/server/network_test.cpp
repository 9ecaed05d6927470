#include "server/network.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using boost::asio::ip::make_address;

TEST(Network, IsAnAddressWithAPrefix) {
  for (const char* text : {"10.0.0.0/8", "10.0.0.1", "fd00::/8", "::1", "0.0.0.0/0"})
    EXPECT_TRUE(parse_network(text)) << text;
  for (const char* text : {"", "10.0.0.0/33", "10.0.0/8", "localhost", "10.0.0.0/", "/8", "fd00::/129"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(Networks, ContainTheAddressesOfTheirPrefixes) {
  const Networks networks({"10.1.0.0/16", "fd00::/8", "192.168.7.7"});
  for (const char* text : {"10.1.0.0", "10.1.255.255", "fd12::1", "192.168.7.7", "::ffff:10.1.2.3"})
    EXPECT_TRUE(networks.contains(make_address(text))) << text;
  for (const char* text : {"10.2.0.0", "10.0.255.255", "fe80::1", "192.168.7.8", "::ffff:10.2.0.0", "::"})
    EXPECT_FALSE(networks.contains(make_address(text))) << text;
}

TEST(Networks, OfNothingContainNothing) {
  EXPECT_TRUE(Networks().empty());
  EXPECT_FALSE(Networks().contains(make_address("127.0.0.1")));
  EXPECT_FALSE(Networks().contains({}));
}

TEST(Networks, OfAllContainAllOfTheirFamily) {
  EXPECT_TRUE(Networks({"0.0.0.0/0"}).contains(make_address("203.0.113.1")));
  EXPECT_FALSE(Networks({"0.0.0.0/0"}).contains(make_address("2001:db8::1")));
  EXPECT_TRUE(Networks({"::/0"}).contains(make_address("2001:db8::1")));
}

TEST(Networks, NameWhatIsNone) {
  try {
    const Networks networks({"10.0.0.0/8", "intranet"});
    FAIL();
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(), "\"intranet\" is not a network such as 10.0.0.0/8");
  }
}

}  // namespace
}  // namespace millrace
