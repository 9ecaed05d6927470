#include "server/net/body_memory.h"

#include <algorithm>

namespace millrace::net {

namespace {

constexpr std::uint64_t kFirstStep = 4 << 10, kGrowth = 4;

// Each step costs a read of its own. Bodies of up to 1 MiB get all of their memory after one byte in 64,
// which is what the largest bodies (16 MiB) need; larger ones, up to kPrefix, after a quarter.
constexpr std::uint64_t kQuick = 1 << 20;
std::uint64_t prefix_of(std::uint64_t claim) {
  return claim <= kQuick ? claim / 64 : std::min(claim / 4, BodyMemory::kPrefix);
}

}  // namespace

BodyMemory::BodyMemory(std::shared_ptr<MemoryBudget::Peer> peer, std::uint64_t claim)
    : peer_(std::move(peer)), claim_(claim), prefix_(prefix_of(claim)) {}

bool BodyMemory::try_cover(std::uint64_t bytes) {
  if (bytes <= covered_ || !peer_) return true;
  if (bytes <= prefix_) {
    std::uint64_t step = claim_ <= kQuick ? prefix_ : kFirstStep;
    while (step < bytes) step *= kGrowth;
    step = std::min(step, prefix_);
    if (auto more = peer_->try_take(MemoryBudget::Part::prefix, step - covered_)) {
      held_.add(std::move(*more));
      covered_ = step;
      return true;
    }
  }
  auto all = peer_->try_take(part(), claim_);
  if (all) cover_all(std::move(*all));
  return all.has_value();
}

boost::asio::awaitable<bool> BodyMemory::cover(std::uint64_t bytes,
                                               std::chrono::steady_clock::time_point deadline) {
  if (try_cover(bytes)) co_return true;
  std::optional<MemoryHold> all = co_await peer_->take(part(), claim_, deadline);
  if (!all) co_return false;
  if (covered_ < claim_) cover_all(std::move(*all));  // HTTP/2 tries meanwhile
  co_return true;
}

}  // namespace millrace::net
