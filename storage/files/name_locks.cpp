#include "storage/files/name_locks.h"

#include <vector>

namespace millrace::storage::files {

namespace {

constexpr std::size_t kMaxWaiting = 10'000;

}  // namespace

boost::asio::awaitable<Result<NameLocks::Guard>> NameLocks::lock(std::string name, Mode mode) {
  {
    // Nobody there is the rule, and then there is nothing to wait for.
    const std::lock_guard hold(mutex_);
    State& state = names_[name];
    if (state.waiting.empty() && state.admits(mode)) {
      state.enter(mode);
      co_return Guard(*this, std::move(name), mode);
    }
  }
  auto start = [this, &name, mode](Completion<bool> wake) { enter(name, mode, std::move(wake)); };
  if (!co_await completion_of<bool>(std::move(start)))
    co_return Error{Errc::busy, "too many changes are waiting for one name"};
  co_return Guard(*this, std::move(name), mode);
}

void NameLocks::enter(const std::string& name, Mode mode, Completion<bool> wake) {
  bool entered = false;
  {
    const std::lock_guard hold(mutex_);
    State& state = names_[name];
    entered = state.waiting.empty() && state.admits(mode);
    if (entered) {
      state.enter(mode);
    } else if (state.waiting.size() < kMaxWaiting) {
      state.waiting.push_back({mode, std::move(wake)});
      return;
    }
  }
  wake(entered);
}

void NameLocks::release(const std::string& name, Mode mode) {
  std::vector<Completion<bool>> next;
  {
    const std::lock_guard hold(mutex_);
    const auto it = names_.find(name);
    State& state = it->second;
    if (mode == Mode::shared) {
      --state.shared;
    } else {
      state.exclusive = false;
    }
    while (!state.waiting.empty() && state.admits(state.waiting.front().mode)) {
      state.enter(state.waiting.front().mode);
      next.push_back(std::move(state.waiting.front().wake));
      state.waiting.pop_front();
    }
    if (state.shared == 0 && !state.exclusive && state.waiting.empty()) names_.erase(it);
  }
  for (Completion<bool>& wake : next) wake(true);
}

}  // namespace millrace::storage::files
