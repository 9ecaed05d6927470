#include "server/delivery/address_policy.h"

#include <gtest/gtest.h>

namespace millrace::delivery {
namespace {

using boost::asio::ip::make_address;

AddressPolicy allowing(std::initializer_list<const char*> networks) {
  std::vector<Network> out;
  for (const char* text : networks) out.push_back(parse_network(text).value());
  return AddressPolicy(std::move(out));
}

TEST(AddressPolicy, PublicAddressesAreAllowed) {
  const AddressPolicy policy = allowing({});
  for (const char* text : {"1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1",
                           "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"})
    EXPECT_TRUE(policy.allows(make_address(text))) << text;
}

TEST(AddressPolicy, OthersAreNotHoweverTheyAreWritten) {
  const AddressPolicy policy = allowing({});
  for (const char* text : {"0.0.0.0",
                           "127.0.0.1",
                           "127.255.255.255",
                           "10.1.2.3",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fd00:ec2::254",
                           "fc00::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:169.254.169.254",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a9fe:a9fe",
                           "2002:7f00:1::",
                           "2002:a9fe:a9fe::1",
                           "2001:db8::1"})
    EXPECT_FALSE(policy.allows(make_address(text))) << text;
  EXPECT_FALSE(policy.allows(make_address("fe80::1%1")));
}

TEST(AddressPolicy, NetworksOfTheConfigurationAre) {
  const AddressPolicy policy = allowing({"127.0.0.0/8", "10.1.0.0/16", "fd00::/8", "192.168.7.7"});
  for (const char* text : {"127.0.0.1", "10.1.255.1", "fd12::1", "192.168.7.7", "::ffff:127.0.0.1"})
    EXPECT_TRUE(policy.allows(make_address(text))) << text;
  for (const char* text : {"10.2.0.1", "192.168.7.8", "::1", "fc00::1", "169.254.169.254"})
    EXPECT_FALSE(policy.allows(make_address(text))) << text;
}

TEST(AddressPolicy, PrivateNamesAreRefusedUnlessTheirAddressesAreAllowed) {
  const auto allows = [](const AddressPolicy& policy, const char* host) {
    return policy.allows(parse_authority(host).value());
  };
  const AddressPolicy none = allowing({}), loopback = allowing({"127.0.0.0/8"}),
                      other = allowing({"10.0.0.0/8"});
  for (const char* host : {"localhost", "LocalHost.", "hooks.localhost"}) {
    EXPECT_FALSE(allows(none, host)) << host;
    EXPECT_TRUE(allows(loopback, host)) << host;
    EXPECT_FALSE(allows(other, host)) << host;
  }
  for (const char* host : {"printer.local", "metadata.google.internal", "hooks"}) {
    EXPECT_FALSE(allows(none, host)) << host;
    EXPECT_TRUE(allows(other, host)) << host;
  }
  for (const char* host : {"example.com", "localhost.example", "mylocalhost.example", "8.8.8.8", "[2a00::1]"})
    EXPECT_TRUE(allows(none, host)) << host;
  for (const char* host : {"127.0.0.1", "[::1]", "[::ffff:10.0.0.1]"})
    EXPECT_FALSE(allows(none, host)) << host;
}

}  // namespace
}  // namespace millrace::delivery
