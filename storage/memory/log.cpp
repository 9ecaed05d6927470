#include "storage/memory/log.h"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "storage/block_header.h"

namespace millrace::storage {
namespace {

namespace asio = boost::asio;

const Error kStopped{Errc::io, "the store is closed"};
const Error kDropped{Errc::not_found, "the stream was dropped"};

// The size of the first `count` records.
std::size_t size_of(std::string_view records, std::uint32_t count) {
  std::size_t at = 0;
  for (; count > 0; --count) at += RecordHeader::at(records.data() + at).record_size();
  return at;
}

}  // namespace

const MemoryLog::Shard* MemoryLog::known(ShardId id) const {
  const auto at = shards_.find(id);
  return at == shards_.end() ? nullptr : &at->second;
}

// A timer belongs to its waiter's executor, and the waiter may not wait on it yet: it is made to end at once.
void MemoryLog::wake(Shard& shard) {
  for (const Timer& timer : std::exchange(shard.waiting, {}))
    asio::post(timer->get_executor(),
               [timer] { timer->expires_at(std::chrono::steady_clock::time_point::min()); });
}

asio::awaitable<Result<void>> MemoryLog::open(std::uint64_t stream, std::string,
                                              std::vector<std::uint32_t> shards) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return kStopped;
  if (dropped_.contains(stream)) co_return kDropped;
  for (const std::uint32_t shard : shards) shards_[{stream, shard}].open = true;
  co_return Result<void>();
}

void MemoryLog::add(Shard& shard, Appended& to, std::string_view records, std::uint32_t count) {
  auto owner = std::make_shared<Bytes>();
  owner->resize(kBlockHeaderBytes + records.size(), '\0');
  std::copy(records.begin(), records.end(), owner->begin() + kBlockHeaderBytes);
  write_block_header(owner->data(), count, shard.next, shard.arrival);
  const std::string_view bytes(owner->data(), owner->size());
  shard.blocks.push_back({bytes, std::move(owner)});
  to.runs.push_back({shard.next, count, shard.arrival});
  shard.behind = shard.next + count;
  shard.next = shard.behind + (sparse_ ? 1 : 0);
}

Result<Appended> MemoryLog::append(ShardAppend append) {
  if (stopped_) return kStopped;
  const auto at = shards_.find(append.shard);
  if (at == shards_.end() || !at->second.open) return Error{Errc::not_found, "the shard was not opened"};
  Shard& shard = at->second;
  if (shard.fails) return *shard.fails;
  if (shard.closed) return Error{Errc::closed, "the shard is closed"};
  shard.arrival = std::max(shard.arrival, clock_.now());
  std::string_view records(append.batch.bytes().data(), append.batch.bytes().size());
  records.remove_prefix(kBlockHeaderBytes);
  const std::uint32_t count = append.batch.count(), half = sparse_ ? count / 2 : 0;
  Appended out;
  const std::size_t middle = size_of(records, half);
  if (half > 0) add(shard, out, records.substr(0, middle), half);
  add(shard, out, records.substr(middle), count - half);
  wake(shard);
  return out;
}

asio::awaitable<std::vector<Result<Appended>>> MemoryLog::append(std::vector<ShardAppend> appends) {
  std::vector<Result<Appended>> results;
  results.reserve(appends.size());
  const std::lock_guard lock(mutex_);
  for (ShardAppend& a : appends) results.push_back(append(std::move(a)));
  co_return results;
}

asio::awaitable<Result<Records>> MemoryLog::read(ShardId id, Index from, ReadLimit limit) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return kStopped;
  const Shard* shard = known(id);
  if (!shard) co_return Records(from);
  Records records(std::max(from, shard->first));
  records.set_end(std::max(records.next(), shard->next));
  for (const Block& block : shard->blocks) {
    if (block.next() <= records.next() || block.arrival() < limit.not_before) continue;
    if (!records.take(block, records.next(), limit.records, limit.bytes)) co_return records;
  }
  records.set_next(records.end());
  co_return records;
}

asio::awaitable<Result<Index>> MemoryLog::find(ShardId id, Time time) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return kStopped;
  const Shard* shard = known(id);
  if (!shard) co_return Index{};
  for (const Block& block : shard->blocks)
    if (block.next() > shard->first && block.arrival() >= time)
      co_return std::max(block.first(), shard->first);
  co_return shard->next;
}

Bounds MemoryLog::known_bounds(ShardId id) const {
  const std::lock_guard lock(mutex_);
  const Shard* shard = known(id);
  return shard ? Bounds{shard->first, shard->next} : Bounds{};
}

asio::awaitable<Result<Bounds>> MemoryLog::bounds(ShardId id) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) co_return kStopped;
  }
  co_return known_bounds(id);
}

asio::awaitable<Result<bool>> MemoryLog::wait(ShardId id, Index from,
                                              std::chrono::steady_clock::time_point deadline) {
  const auto timer = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor);
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::optional<Result<bool>> result;
  while (!result) {
    const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
    timer->expires_at(deadline);
    {
      const std::lock_guard lock(mutex_);
      Shard* shard = dropped_.contains(id.stream) ? nullptr : &shards_[id];
      if (stopped_)
        result = kStopped;
      else if (shard && from < shard->behind)
        result = true;
      else if (!shard || shard->closed || std::chrono::steady_clock::now() >= deadline ||
               state.cancelled() != asio::cancellation_type::none)
        result = false;
      else
        shard->waiting.push_back(timer);
    }
    if (result) break;
    boost::system::error_code woken;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const std::lock_guard lock(mutex_);
    if (const auto at = shards_.find(id); at != shards_.end()) std::erase(at->second.waiting, timer);
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return std::move(*result);  // a copy of an lvalue would be made of its conversion to bool
}

asio::awaitable<Result<void>> MemoryLog::trim(std::vector<std::pair<ShardId, Index>> before) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return kStopped;
  for (const auto& [id, index] : before) {
    const auto at = shards_.find(id);
    if (at == shards_.end()) continue;
    Shard& shard = at->second;
    // Beyond the last record stands nothing that the trim could leave.
    const Index wanted = index >= shard.behind ? shard.next : index;
    shard.first = std::max(shard.first, std::min(wanted, shard.next));
    std::erase_if(shard.blocks, [&](const Block& block) { return block.next() <= shard.first; });
  }
  co_return Result<void>();
}

asio::awaitable<Result<std::vector<Index>>> MemoryLog::close(std::vector<ShardId> shards) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return kStopped;
  std::vector<Index> ends;
  for (const ShardId id : shards) {
    Shard& shard = shards_[id];
    shard.closed = true;
    ends.push_back(shard.next);
    wake(shard);
  }
  co_return ends;
}

asio::awaitable<Result<void>> MemoryLog::drop(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  if (stopped_) co_return kStopped;
  dropped_.insert(stream);
  const auto first = shards_.lower_bound({stream, 0}), last = shards_.lower_bound({stream + 1, 0});
  for (auto at = first; at != last; ++at) wake(at->second);
  shards_.erase(first, last);
  co_return Result<void>();
}

void MemoryLog::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& [id, shard] : shards_) wake(shard);
}

void MemoryLog::fail_appends(ShardId id, std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  shards_[id].fails = std::move(error);
}

}  // namespace millrace::storage
