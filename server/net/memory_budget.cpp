#include "server/net/memory_budget.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <deque>
#include <mutex>

namespace millrace::net {

namespace asio = boost::asio;

namespace {

// Of a whole answer of GetRecords: its records, and their base64.
constexpr std::uint64_t kWholeAnswer = 24 << 20;
// To wait for less is usual under load, and no reason to give anybody up.
constexpr std::chrono::seconds kUsualWait(1);
constexpr std::chrono::minutes kPatience{1};  // of answers that were made

using Part = MemoryBudget::Part;

constexpr std::size_t at(Part part) { return static_cast<std::size_t>(part); }
constexpr bool shares(Part part) { return part == Part::body || part == Part::answer; }

}  // namespace

class MemoryBudget::State {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Those go first whose address has less than half of the part, or nothing.
  enum class Pass { fair, rest };

  // Someone who waits for bytes of a part.
  struct Turn {
    Turn(const asio::any_io_executor& executor, std::shared_ptr<Peer> whose, Part of, std::uint64_t wanted,
         Time deadline)
        : timer(executor, deadline), peer(std::move(whose)), part(of), bytes(wanted) {}
    asio::steady_timer timer;  // cancelled, on its executor, when the bytes are granted
    const std::shared_ptr<Peer> peer;
    const Part part;
    const std::uint64_t bytes;
    const Time since = std::chrono::steady_clock::now();
    bool granted = false;  // guarded by the mutex
  };

  explicit State(std::uint64_t bytes) : total(bytes) {
    const std::uint64_t answers = std::clamp(kWholeAnswer, bytes / 16 * 3, bytes / 8 * 3);
    own_ = {bytes / 16, bytes / 16, bytes / 16, bytes / 8, answers};
    common_ = bytes;
    for (const std::uint64_t part : own_) common_ -= part;
  }

  // What an address may have of a part.
  [[nodiscard]] std::uint64_t most(Part part) const {
    const std::uint64_t all = own_[at(part)] + (shares(part) ? common_ : 0);
    return part == Part::body ? all - all / 8 : part == Part::answer ? all / 8 * 5 : all / 4 * 3;
  }
  [[nodiscard]] std::uint64_t own(Part part) const { return own_[at(part)]; }

  bool try_take(Peer& peer, Part part, std::uint64_t bytes) {
    if (short_[at(part)]) return false;
    if (!shares(part)) return fits_peer(peer, part, bytes, most(part)) && take(peer, part, bytes);
    const std::lock_guard lock(mutex_);
    return fits_peer(peer, part, bytes, most(part)) && take(peer, part, bytes);
  }

  // Waits for the turn, or has it at once.
  void enter(const std::shared_ptr<Turn>& turn) {
    const std::lock_guard lock(mutex_);
    queues_[at(turn->part)].push_back(turn);
    ++waiting_[at(turn->part)];
    grant();
  }
  // Ends the wait; whether the bytes were granted.
  bool leave(const std::shared_ptr<Turn>& turn) {
    const std::lock_guard lock(mutex_);
    if (turn->granted) return true;
    if (std::erase(queues_[at(turn->part)], turn) > 0) --waiting_[at(turn->part)];
    grant();  // to those whom this one stood before
    return false;
  }

  void give_back(Peer& peer, Part part, std::uint64_t bytes) {
    peer.held_[at(part)] -= bytes;
    used_[at(part)] -= bytes;
    // Whoever enters tries once more behind counting itself, so that either sees the other.
    if (waiting_[at(Part::small)] + waiting_[at(Part::body)] + waiting_[at(Part::answer)] == 0) return;
    const std::lock_guard lock(mutex_);
    grant();
  }

  [[nodiscard]] bool others_wait(Time now) const {
    const Time since{Time::duration(waiting_since_.load())};
    return since != Time() && now - since >= kUsualWait;
  }

  [[nodiscard]] Use use() const {
    Use out;
    for (std::size_t i = 0; i < kParts; ++i) {
      out.bytes[i] = used_[i];
      out.waiting += waiting_[i];
    }
    return out;
  }

  const std::uint64_t total;
  std::atomic<std::uint64_t> refused = 0;

 private:
  // Whether the address may have so much more. Of what bodies and answers share it has three quarters; an
  // answer is no more bound by that as long as the answers' own share has room for it (see the header).
  [[nodiscard]] bool fits_peer(const Peer& peer, Part part, std::uint64_t bytes, std::uint64_t limit) const {
    const std::uint64_t held = peer.held_[at(part)] + bytes;
    if (held > limit) return false;
    if (!shares(part) || (part == Part::answer && held <= own(part))) return true;
    const std::uint64_t both = peer.held_[at(Part::body)] + peer.held_[at(Part::answer)] + bytes;
    return both <= (own(Part::body) + own(Part::answer) + common_) / 4 * 3;
  }

  // With the mutex held for parts that share.
  bool take(Peer& peer, Part part, std::uint64_t bytes) {
    std::atomic<std::uint64_t>& used = used_[at(part)];
    if (shares(part)) {
      const auto of_common = [&](Part p, std::uint64_t more) {
        const std::uint64_t all = used_[at(p)] + more;
        return all > own_[at(p)] ? all - own_[at(p)] : 0;
      };
      const Part other = part == Part::body ? Part::answer : Part::body;
      if (of_common(part, bytes) + of_common(other, 0) > common_) return false;
      used += bytes;
    } else {
      std::uint64_t before = used;
      do {
        if (before + bytes > own_[at(part)]) return false;
      } while (!used.compare_exchange_weak(before, before + bytes));
    }
    peer.held_[at(part)] += bytes;
    return true;
  }

  // With the mutex held.
  void grant() {
    for (const Part part : {Part::small, Part::answer, Part::body}) {
      if (waiting_[at(part)] == 0 && !short_[at(part)]) continue;
      short_[at(part)] = !(grant(part, Pass::fair) && grant(part, Pass::rest));
    }
    Time oldest;
    for (const auto& queue : queues_)
      if (!queue.empty() && (oldest == Time() || queue.front()->since < oldest))
        oldest = queue.front()->since;
    waiting_since_ = oldest.time_since_epoch().count();
  }

  // Grants, in turn, to those whose address may have more in this pass; false when one of them has to wait.
  // The addresses take turns: next is the one that was granted to the longest ago.
  bool grant(Part part, Pass pass) {
    auto& queue = queues_[at(part)];
    for (;;) {
      auto next = queue.end();
      for (auto it = queue.begin(); it != queue.end(); ++it)
        if (fits_peer(*(*it)->peer, part, (*it)->bytes, most(*(*it)->peer, part, pass)) &&
            (next == queue.end() || (*it)->peer->granted_[at(part)] < (*next)->peer->granted_[at(part)]))
          next = it;
      if (next == queue.end()) return true;
      const std::shared_ptr<Turn> turn = *next;
      if (!take(*turn->peer, part, turn->bytes)) return false;
      turn->granted = true;
      turn->peer->granted_[at(part)] = ++grants_;
      queue.erase(next);
      --waiting_[at(part)];
      asio::post(turn->timer.get_executor(), [turn] { turn->timer.cancel(); });
    }
  }

  // What the address may have in a pass. One that has nothing may have all that it could have: what it asks
  // for may be more than half, and others that ask for less would else go before it for ever.
  [[nodiscard]] std::uint64_t most(const Peer& peer, Part part, Pass pass) const {
    if (pass == Pass::rest || peer.held_[at(part)] == 0) return most(part);
    return (own_[at(part)] + (shares(part) ? common_ : 0)) / 2;
  }

  std::array<std::uint64_t, kParts> own_{};
  std::uint64_t common_ = 0;
  // Written under the mutex for the parts that share.
  std::array<std::atomic<std::uint64_t>, kParts> used_{};
  std::array<std::atomic<unsigned>, kParts> waiting_{};  // sizes of the queues
  // Somebody waits for others than those of the same address: whoever comes now is behind that one.
  std::array<std::atomic<bool>, kParts> short_{};
  std::atomic<Time::rep> waiting_since_ = 0;  // 0: nobody waits
  std::mutex mutex_;
  std::array<std::deque<std::shared_ptr<Turn>>, kParts> queues_;  // guarded by the mutex
  std::uint64_t grants_ = 0;  // ever made to waiters; guarded by the mutex
};

MemoryBudget::MemoryBudget(std::uint64_t bytes) : state_(std::make_shared<State>(bytes)) {}

std::shared_ptr<MemoryBudget::Peer> MemoryBudget::peer() const { return std::make_shared<Peer>(state_); }
std::uint64_t MemoryBudget::bytes() const { return state_->total; }
MemoryBudget::Use MemoryBudget::use() const { return state_->use(); }
std::uint64_t MemoryBudget::take_refused() const { return state_->refused.exchange(0); }

MemoryHold MemoryBudget::Peer::hold(Part part, std::uint64_t bytes) {
  return {shared_from_this(), static_cast<unsigned>(part), bytes};
}

std::optional<MemoryHold> MemoryBudget::Peer::try_take(Part part, std::uint64_t bytes) {
  if (!state_->try_take(*this, part, bytes)) return std::nullopt;
  return hold(part, bytes);
}

asio::awaitable<std::optional<MemoryHold>> MemoryBudget::Peer::take(Part part, std::uint64_t bytes,
                                                                    Time deadline) {
  if (bytes == 0) co_return MemoryHold();
  if (auto at_once = try_take(part, bytes)) co_return std::move(*at_once);
  if (bytes > state_->most(part)) {
    ++state_->refused;
    co_return std::nullopt;
  }
  // Also where the coroutine is destroyed while it waits.
  struct Wait {
    const std::shared_ptr<State> state;
    std::shared_ptr<State::Turn> turn;
    bool leave() { return state->leave(std::exchange(turn, nullptr)); }
    ~Wait() {
      if (!turn) return;
      const std::shared_ptr<State::Turn> mine = turn;
      if (leave()) state->give_back(*mine->peer, mine->part, mine->bytes);
    }
  };
  const auto executor = co_await asio::this_coro::executor;
  Wait wait{state_, std::make_shared<State::Turn>(executor, shared_from_this(), part, bytes, deadline)};
  state_->enter(wait.turn);
  boost::system::error_code cancelled;
  co_await wait.turn->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  if (wait.leave()) co_return hold(part, bytes);
  ++state_->refused;
  co_return std::nullopt;
}

asio::awaitable<std::optional<MemoryHold>> MemoryBudget::Peer::reserve(std::uint64_t bytes, Time deadline) {
  if (bytes > most()) co_return std::nullopt;
  co_return co_await take(bytes <= kSmall ? Part::small : Part::answer, bytes, deadline);
}

std::uint64_t MemoryBudget::Peer::most() const {
  return std::min(state_->own(Part::answer), state_->most(Part::answer));
}
std::uint64_t MemoryBudget::Peer::most_body() const { return state_->most(Part::body); }
bool MemoryBudget::Peer::others_wait(Time now) const { return state_->others_wait(now); }

asio::awaitable<std::optional<MemoryHold>> MemoryBudget::Peer::keep(MemoryHold held, std::uint64_t bytes) {
  held.shrink_to(0);  // first, so that nobody waits here for what it holds itself
  const Part part = bytes <= kSmall ? Part::small : Part::answer;
  if (auto at_once = try_take(part, bytes)) co_return std::move(*at_once);
  if (part == Part::small)
    if (auto at_once = try_take(Part::answer, bytes)) co_return std::move(*at_once);
  const std::optional<MemoryHold> made = try_take(Part::made, bytes);
  if (!made || bytes > most()) {
    ++state_->refused;
    co_return std::nullopt;
  }
  co_return co_await take(part, bytes, std::chrono::steady_clock::now() + kPatience);
}

void MemoryBudget::Peer::give_back(unsigned part, std::uint64_t bytes) {
  state_->give_back(*this, static_cast<Part>(part), bytes);
}

}  // namespace millrace::net
