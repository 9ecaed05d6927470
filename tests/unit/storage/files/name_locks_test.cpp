#include "storage/files/name_locks.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>

namespace millrace::storage::files {
namespace {

namespace asio = boost::asio;
using Mode = NameLocks::Mode;

class NameLocksTest : public testing::Test {
 protected:
  // Takes the lock, notes it, and keeps it until let_go(name).
  static asio::awaitable<void> hold(NameLocksTest& test, std::string lock, Mode mode, std::string name) {
    auto guard = co_await test.locks.lock(std::move(lock), mode);
    test.log += name + " ";
    test.held[name] = std::move(*guard);
  }
  void want(const std::string& lock, Mode mode, const std::string& name) {
    asio::co_spawn(context, hold(*this, lock, mode, name), asio::detached);
    settle();
  }
  void let_go(const std::string& name) {
    held.erase(name);
    settle();
  }
  void settle() {
    context.restart();
    while (context.poll() > 0) {
    }
  }

  asio::io_context context;
  NameLocks locks;
  std::map<std::string, NameLocks::Guard> held;
  std::string log;  // who entered, in order
};

TEST_F(NameLocksTest, AnExclusiveLockIsHeldByOne) {
  want("x", Mode::exclusive, "a");
  want("x", Mode::exclusive, "b");
  want("y", Mode::exclusive, "c");
  EXPECT_EQ(log, "a c ");
  let_go("a");
  EXPECT_EQ(log, "a c b ");
}

TEST_F(NameLocksTest, SharedLocksGoTogether) {
  want("x", Mode::shared, "a");
  want("x", Mode::shared, "b");
  want("x", Mode::exclusive, "c");
  EXPECT_EQ(log, "a b ");
  let_go("a");
  EXPECT_EQ(log, "a b ");
  let_go("b");
  EXPECT_EQ(log, "a b c ");
}

TEST_F(NameLocksTest, NobodyOvertakesWhoWaits) {
  want("x", Mode::shared, "a");
  want("x", Mode::exclusive, "b");
  want("x", Mode::shared, "c");
  want("x", Mode::shared, "d");
  EXPECT_EQ(log, "a ");
  let_go("a");
  EXPECT_EQ(log, "a b ");
  let_go("b");
  EXPECT_EQ(log, "a b c d ");
}

}  // namespace
}  // namespace millrace::storage::files
