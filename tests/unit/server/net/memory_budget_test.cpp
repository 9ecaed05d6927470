#include "server/net/memory_budget.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <thread>

#include "server/net/body_memory.h"

namespace millrace::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Part = MemoryBudget::Part;
using PeerPointer = std::shared_ptr<MemoryBudget::Peer>;

constexpr std::uint64_t kMiB = 1 << 20;

class MemoryBudgetTest : public testing::Test {
 protected:
  // Of 256 MiB: 16 for each of small, prefix and made; bodies up to 160, answers up to 176, 208 together.
  static constexpr std::uint64_t kAll = 256 * kMiB, kBodies = 160 * kMiB, kAnswers = 176 * kMiB;
  static constexpr std::uint64_t kMostBody = 140 * kMiB, kMostAnswers = 110 * kMiB, kMostSmall = 12 * kMiB;

  // Asks for the bytes and keeps what it gets in `held`, in the order of the calls.
  void ask(const PeerPointer& peer, Part part, std::uint64_t bytes,
           std::chrono::milliseconds patience = 10s) {
    keep(peer->take(part, bytes, std::chrono::steady_clock::now() + patience));
  }
  void keep(asio::awaitable<std::optional<MemoryHold>> work) {
    const std::size_t place = held.size();
    held.emplace_back();
    asio::co_spawn(context, std::move(work), [this, place](std::exception_ptr, std::optional<MemoryHold> r) {
      order.push_back(place);
      answered.push_back(r.has_value());
      if (r) held[place] = std::move(*r);
    });
    settle();
  }
  void settle() {
    context.restart();
    context.poll();
  }
  void release(std::size_t place) {
    held[place].shrink_to(0);
    settle();
  }
  [[nodiscard]] std::uint64_t used() const {
    std::uint64_t all = 0;
    for (const std::uint64_t bytes : budget.use().bytes) all += bytes;
    return all;
  }

  asio::io_context context;
  const MemoryBudget budget{kAll};
  const PeerPointer alice = budget.peer(), bob = budget.peer(), carol = budget.peer();
  std::deque<MemoryHold> held;
  std::vector<std::size_t> order;
  std::vector<bool> answered;  // whether there was memory, in the order of the answers
};

using Order = std::vector<std::size_t>;

TEST_F(MemoryBudgetTest, WhoComesFirstIsServedFirst) {
  ask(alice, Part::body, 100 * kMiB);
  ask(bob, Part::body, 70 * kMiB);
  ask(carol, Part::body, kMiB);  // would fit
  EXPECT_EQ(order, (Order{0}));
  release(0);
  EXPECT_EQ(order, (Order{0, 1, 2}));
}

TEST_F(MemoryBudgetTest, BodiesAnswersAndSmallRequestsDoNotWaitForOneAnother) {
  ask(alice, Part::body, kMostBody);
  ask(bob, Part::body, kBodies - kMostBody);
  ask(bob, Part::body, 1);
  ask(alice, Part::answer, 48 * kMiB);
  ask(alice, Part::small, MemoryBudget::kSmall);
  ask(alice, Part::prefix, 4096);
  EXPECT_EQ(order, (Order{0, 1, 3, 4, 5}));
}

TEST_F(MemoryBudgetTest, WhatIsHeldIsNeverMoreThanThereIs) {
  for (const PeerPointer& peer : {alice, bob, carol})
    for (const Part part : {Part::small, Part::prefix, Part::made, Part::body, Part::answer})
      while (auto one = peer->try_take(part, kMiB)) held.push_back(std::move(*one));
  EXPECT_LE(used(), kAll);
  EXPECT_GE(used(), kAll - 4 * kMiB);
  held.clear();
  EXPECT_EQ(used(), 0u);
}

TEST_F(MemoryBudgetTest, MoreThanAnAddressMayHaveIsRefusedAtOnce) {
  ask(alice, Part::body, kMostBody + 1);
  EXPECT_EQ(answered, (std::vector<bool>{false}));
  EXPECT_EQ(budget.take_refused(), 1u);
  EXPECT_EQ(alice->most_body(), kMostBody);
}

TEST_F(MemoryBudgetTest, AnAddressNeverHasAll) {
  const auto take_all = [&](Part part, std::uint64_t step) {
    while (auto one = alice->try_take(part, step)) held.push_back(std::move(*one));
  };
  take_all(Part::small, 64 << 10);
  take_all(Part::prefix, 4096);
  take_all(Part::answer, kMiB);
  take_all(Part::body, kMiB);
  const MemoryBudget::Use use = budget.use();
  EXPECT_LE(use.bytes[0], kMostSmall);
  EXPECT_LE(use.bytes[4], kMostAnswers);
  ask(alice, Part::body, kMiB);
  ask(alice, Part::answer, kMiB);
  ask(alice, Part::small, 64 << 10);
  EXPECT_TRUE(order.empty());
  // Others find some of each, though they come later.
  ask(bob, Part::answer, kMiB);
  ask(bob, Part::body, kMiB);
  ask(bob, Part::small, 64 << 10);
  EXPECT_EQ(order.size(), 3u);
  EXPECT_TRUE(bob->try_take(Part::prefix, 4096).has_value());
  EXPECT_TRUE(bob->try_take(Part::body, 4096).has_value());
}

TEST_F(MemoryBudgetTest, WhileSeveralWaitThoseGoFirstWhoHaveLessThanHalf) {
  ask(alice, Part::body, 60 * kMiB);
  ask(alice, Part::body, 70 * kMiB);
  ask(carol, Part::body, 30 * kMiB);
  ask(alice, Part::body, 30 * kMiB);  // above half with it
  ask(bob, Part::body, 30 * kMiB);
  EXPECT_EQ(order, (Order{0, 1, 2}));
  release(2);
  EXPECT_EQ(order, (Order{0, 1, 2, 4}));
  release(1);
  EXPECT_EQ(order, (Order{0, 1, 2, 4, 3}));
}

TEST_F(MemoryBudgetTest, ARequestForMoreThanHalfHasItsTurnToo) {
  const MemoryBudget small(64 * kMiB);  // 44 MiB for answers, of which one may take 24
  const PeerPointer dave = small.peer(), erin = small.peer();
  ask(dave, Part::answer, 21 * kMiB);
  ask(dave, Part::answer, 21 * kMiB);
  ask(dave, Part::answer, 21 * kMiB);
  ask(erin, Part::answer, 24 * kMiB);
  EXPECT_EQ(order, (Order{0}));
  release(0);
  EXPECT_EQ(order, (Order{0, 1}));
  release(1);
  EXPECT_EQ(order, (Order{0, 1, 3}));
  release(3);
  EXPECT_EQ(order, (Order{0, 1, 3, 2}));
}

TEST_F(MemoryBudgetTest, WhatIsShrunkIsFreeForOthers) {
  ask(alice, Part::answer, 100 * kMiB);
  ask(bob, Part::answer, 100 * kMiB);
  EXPECT_EQ(order, (Order{0}));
  held[0].shrink_to(50 * kMiB);
  settle();
  EXPECT_EQ(order, (Order{0, 1}));
  held[0].shrink_to(60 * kMiB);  // no way up
  EXPECT_EQ(held[0].bytes(), 50 * kMiB);
}

TEST_F(MemoryBudgetTest, WaitingEndsAtTheDeadlineAndLetsOthersPass) {
  ask(alice, Part::body, 100 * kMiB);
  ask(bob, Part::body, 70 * kMiB, 20ms);
  ask(carol, Part::body, kMiB);
  EXPECT_EQ(order, (Order{0}));
  context.restart();
  context.run_for(5s);
  EXPECT_EQ(order, (Order{0, 1, 2}));
  EXPECT_EQ(answered, (std::vector<bool>{true, false, true}));
  EXPECT_EQ(budget.take_refused(), 1u);
}

TEST_F(MemoryBudgetTest, OthersWaitOnceTheyHaveForLongerThanUsual) {
  const auto now = std::chrono::steady_clock::now();
  EXPECT_FALSE(alice->others_wait(now + 1h));
  ask(alice, Part::body, 100 * kMiB);
  ask(bob, Part::body, 100 * kMiB);
  EXPECT_EQ(budget.use().waiting, 1u);
  EXPECT_FALSE(alice->others_wait(now));
  EXPECT_TRUE(alice->others_wait(now + 5s));
  release(0);
  EXPECT_FALSE(alice->others_wait(now + 1h));
}

TEST_F(MemoryBudgetTest, AMadeAnswerWaitsOnlyAsLongAsFewDo) {
  ask(alice, Part::answer, kMostAnswers);
  ask(bob, Part::answer, kAnswers - kMostAnswers);
  for (int i = 0; i < 9; ++i) keep(bob->keep({}, 2 * kMiB));
  // Three quarters of 16 MiB may wait; the others go at once.
  EXPECT_EQ(order, (Order{0, 1, 8, 9, 10}));
  EXPECT_EQ(answered, (std::vector<bool>{true, true, false, false, false}));
  release(0);
  EXPECT_EQ(order.size(), 11u);
}

TEST_F(MemoryBudgetTest, WhoGivesUpWaitingLeavesNothingBehind) {
  ask(alice, Part::body, 100 * kMiB);
  {
    asio::io_context other;
    asio::co_spawn(other, bob->take(Part::body, 100 * kMiB, std::chrono::steady_clock::now() + 1h),
                   asio::detached);
    other.poll();
    EXPECT_EQ(budget.use().waiting, 1u);
  }
  EXPECT_EQ(budget.use().waiting, 0u);
  release(0);
  EXPECT_EQ(used(), 0u);
}

TEST_F(MemoryBudgetTest, ManyThreadsTakeAndGiveBackAll) {
  const auto work = [&](PeerPointer peer, unsigned seed) {
    asio::io_context own(1);
    for (unsigned i = 0; i < 40; ++i) {
      asio::co_spawn(
          own,
          [](PeerPointer from, unsigned n) -> asio::awaitable<void> {
            const auto end = std::chrono::steady_clock::now() + 1min;
            for (unsigned round = 0; round < 50; ++round, n = n * 1664525 + 1013904223) {
              const Part part = n % 3 == 0 ? Part::small : n % 3 == 1 ? Part::body : Part::answer;
              const std::uint64_t bytes = part == Part::small ? n % (64 << 10) : n % (40 * kMiB);
              const auto one = co_await from->take(part, bytes + 1, end);
              EXPECT_TRUE(one.has_value());
              co_await asio::post(asio::use_awaitable);
            }
          }(peer, seed * 1000 + i),
          asio::detached);
    }
    own.run();
  };
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t) threads.emplace_back(work, t % 2 == 0 ? alice : bob, t);
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(used(), 0u);
  EXPECT_EQ(budget.use().waiting, 0u);
}

TEST_F(MemoryBudgetTest, ABodyIsCountedAsItComes) {
  BodyMemory body(alice, 100 * kMiB);
  ASSERT_TRUE(body.try_cover(10));
  EXPECT_LE(used(), 4096u);
  ASSERT_TRUE(body.try_cover(BodyMemory::kPrefix));
  EXPECT_EQ(used(), BodyMemory::kPrefix);
  ASSERT_TRUE(body.try_cover(BodyMemory::kPrefix + 1));
  EXPECT_EQ(used(), 100 * kMiB);
  const MemoryHold all = body.take(90 * kMiB);
  EXPECT_EQ(used(), 90 * kMiB);
}

TEST_F(MemoryBudgetTest, ManyClaimsOfWhichNothingComesTakeLittle) {
  std::deque<BodyMemory> bodies;
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(bodies.emplace_back(alice, 60'000).try_cover(10));
  EXPECT_LE(used(), 2 * kMiB);
  BodyMemory whole(alice, 300);
  ASSERT_TRUE(whole.try_cover(300));
}

TEST_F(MemoryBudgetTest, ABodyWaitsForItsMemoryWithWhatHasCome) {
  ask(alice, Part::body, 130 * kMiB);
  BodyMemory body(bob, 100 * kMiB);
  ASSERT_TRUE(body.try_cover(1000));
  EXPECT_FALSE(body.try_cover(kMiB));
  EXPECT_GE(body.covered(), 1000u);
  bool covered = false;
  asio::co_spawn(context, body.cover(kMiB, std::chrono::steady_clock::now() + 10s),
                 [&](std::exception_ptr, bool yes) { covered = yes; });
  settle();
  EXPECT_FALSE(covered);
  release(0);
  EXPECT_TRUE(covered);
  EXPECT_EQ(body.covered(), 100 * kMiB);
  EXPECT_EQ(used(), 100 * kMiB);
}

}  // namespace
}  // namespace millrace::net
