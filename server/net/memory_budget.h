// How much memory all requests of the server and their answers may take, whatever the number of threads and
// clients. It is reserved as a body comes and before a large answer is made, so that many big requests queue
// instead of filling the machine.
//
// The budget has parts, so that nobody waits for another kind:
//
//   small     1/16   bodies and answers of up to kSmall bytes
//   prefix    1/16   the beginnings of bodies: of what a client announces only what it has sent is counted
//                    until a quarter, or kPrefix bytes, have come (BodyMemory); large heads
//   made      1/16   answers that are made and wait for their memory
//   bodies    1/8    larger bodies, whole
//   answers   3/16, of a small budget 24 MiB or three eighths: larger answers
//   the rest         for bodies or answers, whichever wants it
//
// Why nobody waits for ever: a request takes memory in the order prefix, body, answer, and waits for a part
// only while it holds none of that part. Whoever holds a body waits for answers only; answers have their own
// share, and a reservation is never larger than it; whoever holds an answer waits for its peer to take it.
// Peers that are slow are given up while others wait (Deadline::slow).
//
// An address never has all of a part: it may have seven eighths of the bodies, five eighths of the answers,
// three quarters of both together (but for the answers' own share) and of each other part. While several
// wait, those go first whose address has nothing, or less than half. Within that, the addresses take turns,
// and of one address who came first is served first: many clients at a few addresses delay another address by
// a turn, not by all of theirs.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "api/core/memory.h"

namespace millrace::net {

// Safe from any thread; those who wait do so on an executor of one thread.
class MemoryBudget {
 public:
  enum class Part : unsigned { small, prefix, made, body, answer };
  static constexpr std::size_t kParts = 5;
  static constexpr std::uint64_t kSmall = 64 << 10;

  class Peer;

  // What happens, for gauges.
  struct Use {
    std::array<std::uint64_t, kParts> bytes{};  // by part
    std::uint64_t waiting = 0;                  // requests that wait now
  };

  explicit MemoryBudget(std::uint64_t bytes);

  // The share of another address.
  [[nodiscard]] std::shared_ptr<Peer> peer() const;
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] Use use() const;
  // The requests that had no memory in time since the last call.
  [[nodiscard]] std::uint64_t take_refused() const;

 private:
  class State;
  const std::shared_ptr<State> state_;  // shared, since a request may outlive the server that it came to
};

// What one address has of the budget.
class MemoryBudget::Peer final : public Memory, public std::enable_shared_from_this<Peer> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Peer(std::shared_ptr<State> state) : state_(std::move(state)) {}

  // The bytes if they are free and nobody waits for them; never waits.
  [[nodiscard]] std::optional<MemoryHold> try_take(Part part, std::uint64_t bytes);
  // Completes when the bytes are free and it is this one's turn; nullopt at the deadline, and at once for
  // more than the address may have.
  [[nodiscard]] boost::asio::awaitable<std::optional<MemoryHold>> take(Part part, std::uint64_t bytes,
                                                                       Time deadline);

  [[nodiscard]] boost::asio::awaitable<std::optional<MemoryHold>> reserve(std::uint64_t bytes,
                                                                          Time deadline) override;
  [[nodiscard]] std::uint64_t most() const override;
  [[nodiscard]] boost::asio::awaitable<std::optional<MemoryHold>> keep(MemoryHold held,
                                                                       std::uint64_t bytes) override;
  // The largest body that can be taken, in bytes.
  [[nodiscard]] std::uint64_t most_body() const;
  // Whether requests, of any address, have waited for longer than is usual under load.
  [[nodiscard]] bool others_wait(Time now) const;

 private:
  friend class State;
  void give_back(unsigned part, std::uint64_t bytes) override;
  [[nodiscard]] MemoryHold hold(Part part, std::uint64_t bytes);

  const std::shared_ptr<State> state_;
  std::array<std::atomic<std::uint64_t>, kParts> held_{};
  std::array<std::uint64_t, kParts>
      granted_{};  // the last grant to one that waited; the state's mutex guards it
};

}  // namespace millrace::net
