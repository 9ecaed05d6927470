#include "server/net/memory_budget.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>

namespace millrace::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Use = MemoryBudget::Use;

class MemoryBudgetTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kAll = 8 << 20, kLarge = 3 << 20, kAnswers = 4 << 20;

  // Asks for the bytes and keeps what it gets in `held`, in the order of the calls.
  void ask(Use use, std::uint64_t bytes, std::chrono::steady_clock::duration patience = 10s) {
    const std::size_t place = held.size();
    held.emplace_back();
    asio::co_spawn(context, budget.reserve(use, bytes, std::chrono::steady_clock::now() + patience),
                   [this, place](std::exception_ptr, std::optional<MemoryBudget::Reservation> r) {
                     order.push_back(place);
                     if (r) held[place] = std::move(*r);
                     answered.push_back(r.has_value());
                   });
    settle();
  }
  void settle() {
    context.restart();
    context.poll();
  }
  void release(std::size_t place) {
    held[place] = {};
    settle();
  }

  asio::io_context context;
  MemoryBudget budget{context, kAll};
  std::deque<MemoryBudget::Reservation> held;
  std::vector<std::size_t> order;
  std::vector<bool> answered;  // whether there was memory, in the order of the answers
};

TEST_F(MemoryBudgetTest, WhoComesFirstIsServedFirst) {
  ask(Use::body, kLarge);
  ask(Use::body, kLarge / 2);
  ask(Use::body, MemoryBudget::kSmallBody + 1);
  EXPECT_EQ(order, (std::vector<std::size_t>{0}));
  release(0);
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2}));
}

TEST_F(MemoryBudgetTest, LargeBodiesSmallBodiesAndAnswersDoNotWaitForOneAnother) {
  ask(Use::body, kLarge);
  ask(Use::answer, kAnswers);
  ask(Use::body, MemoryBudget::kSmallBody);
  ask(Use::body, 0);
  EXPECT_EQ(order.size(), 4u);
}

TEST_F(MemoryBudgetTest, MoreThanThereIsGetsAll) {
  ask(Use::body, 100 * kAll);
  ask(Use::body, kLarge);
  EXPECT_EQ(order.size(), 1u);
  release(0);
  EXPECT_EQ(order.size(), 2u);
}

TEST_F(MemoryBudgetTest, WhatIsShrunkIsFreeForOthers) {
  ask(Use::answer, kAnswers);
  ask(Use::answer, kAnswers / 2);
  held[0].shrink_to(kAnswers / 2);
  settle();
  EXPECT_EQ(order.size(), 2u);
  held[0].shrink_to(kAnswers);  // no way up
  ask(Use::answer, 1);
  EXPECT_EQ(order.size(), 2u);
  release(1);
  EXPECT_EQ(order.size(), 3u);
}

TEST_F(MemoryBudgetTest, WaitingEndsAtTheDeadlineAndLetsOthersPass) {
  ask(Use::body, kLarge - MemoryBudget::kSmallBody - 1);
  ask(Use::body, kLarge, 20ms);
  ask(Use::body, MemoryBudget::kSmallBody + 1);
  EXPECT_EQ(order, (std::vector<std::size_t>{0}));
  context.restart();
  context.run_for(5s);
  EXPECT_EQ(order, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(answered, (std::vector<bool>{true, false, true}));
}

}  // namespace
}  // namespace millrace::net
