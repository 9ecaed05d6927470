// The part of Streams that waits: for a change of a stream, for one's turn to change it, for a number.
#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api/kinesis/errors.h"
#include "api/kinesis/store.h"

namespace millrace::kinesis {

namespace {

// How long one waits for others' changes of a stream.
constexpr std::chrono::seconds kChangePatience{10};
// How many numbers are reserved at a time.
constexpr std::uint64_t kNumbersAtATime = 1000;

}  // namespace

// A timer belongs to its waiter's executor, and the waiter may not wait on it yet: it is made to end at once.
void Streams::wake(std::uint64_t number) const {
  const auto [begin, end] = waiting_.equal_range(number);
  for (auto it = begin; it != end; ++it)
    asio::post(it->second->get_executor(), [timer = it->second] { timer->expires_at(Instant::min()); });
  waiting_.erase(begin, end);
}

asio::awaitable<bool> Streams::until(std::uint64_t number, Instant deadline, Condition holds) const {
  const auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  bool held = false;
  for (bool last = false; !held && !last;) {
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) break;
    timer->expires_at(deadline);
    last = std::chrono::steady_clock::now() >= deadline;
    {
      const std::unique_lock lock(mutex_);
      const auto it = by_number_.find(number);
      held = holds(it == by_number_.end() ? nullptr : it->second);
      if (held || last) break;
      waiting_.emplace(number, timer);
    }
    boost::system::error_code woken;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    {
      const std::unique_lock lock(mutex_);
      const auto [begin, end] = waiting_.equal_range(number);
      const auto mine = std::find_if(begin, end, [&](const auto& w) { return w.second == timer; });
      if (mine != end) waiting_.erase(mine);
    }
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return held;
}

asio::awaitable<StreamPtr> Streams::changed(StreamPtr known) const {
  StreamPtr now;
  const bool in_time = co_await until(known->number, std::chrono::steady_clock::now() + kChangePatience,
                                      [&](const StreamPtr& s) {
                                        now = s;
                                        return s != known;
                                      });
  if (!in_time) throw stream_changing(known->name, known->account);
  if (!now) throw stream_not_found(known->name, known->account);
  co_return now;
}

// Numbers are never used again: which ones may have been given out is on disk before they are.
asio::awaitable<std::uint64_t> Streams::take_number() {
  const auto deadline = std::chrono::steady_clock::now() + kChangePatience;
  for (;;) {
    std::uint64_t mine = 0;
    bool reserve = false;
    const auto look = [&](const StreamPtr&) {
      if (next_number_ < reserved_) mine = next_number_++;
      if (mine == 0 && !reserving_) reserve = reserving_ = true;
      return mine != 0 || reserve;
    };
    if (!co_await until(kNumbers, deadline, look))
      throw StorageFailure({storage::Errc::busy, "no number yet"});
    if (mine != 0) co_return mine;
    co_await reserve_numbers();
  }
}

// Numbers from the stored one on, or from behind those that streams have; nobody else here does it now. If
// another process was faster, none are reserved: the caller comes again.
asio::awaitable<void> Streams::reserve_numbers() {
  storage::Result<std::optional<std::string>> stored = co_await catalog_.fetch(kNextKey);
  storage::Result<void> written;
  std::uint64_t begin = next_number_, end = 0;
  if (stored) {
    if (*stored) begin = std::max<std::uint64_t>(begin, std::stoull(**stored));
    end = begin + kNumbersAtATime;
    storage::CatalogBatch batch;
    batch.expect(kNextKey, *stored);
    batch.put(kNextKey, std::to_string(end));
    written = co_await catalog_.write(std::move(batch));
  } else {
    written = stored.error();
  }
  {
    const std::unique_lock lock(mutex_);
    reserving_ = false;
    if (written) {
      next_number_ = begin;
      reserved_ = end;
    }
    wake(kNumbers);
  }
  if (!written && written.error().code != storage::Errc::conflict) or_throw(written);
}

// Waits for its turn; changes are rare and short.
asio::awaitable<void> Streams::begin_change(Key key, StreamPtr stream) {
  bool mine = false;
  const bool in_time = co_await until(stream->number, std::chrono::steady_clock::now() + kChangePatience,
                                      [&](const StreamPtr& s) {
                                        mine = s && changing_.insert(key).second;
                                        return mine || !s;
                                      });
  if (!in_time) throw stream_changing(stream->name, stream->account);
  if (!mine) throw stream_not_found(stream->name, stream->account);
}

}  // namespace millrace::kinesis
