#include "api/core/memory.h"

#include "api/core/error.h"

namespace millrace {

namespace {

constexpr std::chrono::minutes kPatience{1};

}  // namespace

boost::asio::awaitable<MemoryHold> reserve_answer(std::shared_ptr<Memory> memory, std::uint64_t bytes) {
  if (!memory || bytes == 0) co_return MemoryHold();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::optional<MemoryHold> held = co_await memory->reserve(std::min(bytes, memory->most()), deadline);
  if (!held) throw overloaded();
  co_return std::move(*held);
}

}  // namespace millrace
