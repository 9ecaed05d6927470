#include "server/listeners.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using Tls = ListenerSettings::Tls;

std::string failure(const std::vector<std::string>& items) {
  try {
    (void)parse_listeners(items);
    return "";
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

TEST(Listeners, MayBeAnAddressAlone) {
  const auto listeners = parse_listeners({"127.0.0.1:4567"});
  ASSERT_EQ(listeners.size(), 1u);
  EXPECT_EQ(listeners[0].name, "127.0.0.1:4567");
  EXPECT_EQ(listeners[0].address.host, "127.0.0.1");
  EXPECT_EQ(listeners[0].address.port, 4567);
  EXPECT_TRUE(listeners[0].is_unrestricted());
}

TEST(Listeners, HaveNamesAndRestrictions) {
  const auto listeners =
      parse_listeners({"127.0.0.1:1", "lan=0.0.0.0:2", "tls=required", "from=10.0.0.0/8",
                       "from=192.168.1.0/24", "v6=[::1]:3", "services=kinesis", "services=s3", "tls=off"});
  ASSERT_EQ(listeners.size(), 3u);
  EXPECT_TRUE(listeners[0].is_unrestricted());
  EXPECT_EQ(listeners[1].name, "lan");
  EXPECT_EQ(listeners[1].tls, Tls::required);
  EXPECT_TRUE(listeners[1].from.contains(boost::asio::ip::make_address("192.168.1.9")));
  EXPECT_FALSE(listeners[1].from.contains(boost::asio::ip::make_address("192.168.2.9")));
  EXPECT_TRUE(listeners[1].services.empty());
  EXPECT_EQ(listeners[2].name, "v6");
  EXPECT_EQ(listeners[2].address.host, "::1");
  EXPECT_EQ(listeners[2].tls, Tls::off);
  EXPECT_EQ(listeners[2].services, (std::vector<std::string>{"kinesis", "s3"}));
}

TEST(Listeners, AreRefusedWhenTheyAreWrong) {
  const auto expect = [](const std::vector<std::string>& items, const char* message) {
    EXPECT_EQ(failure(items), message);
  };
  expect({}, "--listen: no address is given");
  expect({"tls=off"}, "--listen: \"tls=off\" stands before an address");
  expect({"nowhere"}, "--listen: \"nowhere\" is not an address:port such as 127.0.0.1:4567 or [::1]:4567");
  expect({"a=nowhere"}, "--listen: \"nowhere\" is not an address:port such as 127.0.0.1:4567 or [::1]:4567");
  expect({"127.0.0.1:1", "tls=on"}, "--listen: \"tls=on\" is not tls=auto, tls=required or tls=off");
  expect({"127.0.0.1:1", "from=lan"}, "--listen: from=\"lan\" is not a network such as 10.0.0.0/8");
  expect({"127.0.0.1:1", "services="}, "--listen: \"services=\" has no value");
  expect({"a=127.0.0.1:1", "a=127.0.0.1:2"}, "--listen: \"a\" is given twice");
  expect(
      {"a b=127.0.0.1:1"},
      "--listen: \"a b=127.0.0.1:1\" is not NAME=ADDRESS:PORT, tls=, from= or services=; a name has up to 64 "
      "letters, digits, \"-\", \"_\" and \".\"");
  EXPECT_NE(failure({"127.0.0.1:1", ""}), "");
  EXPECT_NE(failure({"=127.0.0.1:1"}), "");
  EXPECT_NE(failure({std::string(65, 'a') + "=127.0.0.1:1"}), "");
  EXPECT_EQ(failure({std::string(64, 'a') + "=127.0.0.1:1"}), "");
}

TEST(Listeners, OneIsForThisMachine) {
  const auto url = [](const std::vector<std::string>& items) {
    return local_url(local_listener(parse_listeners(items)));
  };
  EXPECT_EQ(url({"0.0.0.0:1"}), "http://127.0.0.1:1");
  EXPECT_EQ(url({"10.0.0.1:1", "tls=required", "[::]:2"}), "http://[::1]:2");
  EXPECT_EQ(url({"10.0.0.1:1", "services=s3", "10.0.0.1:2", "from=10.0.0.0/8", "127.0.0.1:3", "127.0.0.1:4"}),
            "http://127.0.0.1:3");
  EXPECT_EQ(url({"10.0.0.1:1", "tls=required"}), "https://10.0.0.1:1");
}

TEST(Address, IsLoopbackOrNot) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "[::ffff:127.0.0.1]:1"})
    EXPECT_TRUE(is_loopback(parse_address(text))) << text;
  for (const char* text :
       {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1", "millrace:1", "127.1.x:1"})
    EXPECT_FALSE(is_loopback(parse_address(text))) << text;
}

}  // namespace
}  // namespace millrace
