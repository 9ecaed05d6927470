#include "server/net/clients.h"

#include <gtest/gtest.h>

#include <deque>

namespace millrace::net {
namespace {

using boost::asio::ip::make_address;

class ClientsTest : public testing::Test {
 protected:
  std::optional<Clients::Slot> enter(const char* address) { return clients->enter(make_address(address)); }
  const std::shared_ptr<Clients> clients = std::make_shared<Clients>(MemoryBudget(1 << 20), 2);
};

TEST_F(ClientsTest, AnAddressHasNoMoreConnectionsThanItMay) {
  const auto first = enter("10.0.0.1");
  auto second = enter("10.0.0.1");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->memory(), second->memory());
  EXPECT_FALSE(enter("10.0.0.1"));
  EXPECT_FALSE(enter("::ffff:10.0.0.1"));
  const auto other = enter("10.0.0.2");
  ASSERT_TRUE(other);
  EXPECT_NE(other->memory(), first->memory());
  second.reset();
  EXPECT_TRUE(enter("10.0.0.1"));
}

TEST_F(ClientsTest, ANetworkOfIpv6IsOneAddress) {
  const auto first = enter("2001:db8::1"), second = enter("2001:db8::2");
  EXPECT_FALSE(enter("2001:db8::3"));
  EXPECT_TRUE(enter("2001:db8:0:1::3"));
}

TEST_F(ClientsTest, PlacesMayOutliveTheServer) {
  auto own = std::make_shared<Clients>(MemoryBudget(1 << 20), 2);
  auto place = own->enter(make_address("10.0.0.1"));
  own.reset();
  place.reset();
}

}  // namespace
}  // namespace millrace::net
