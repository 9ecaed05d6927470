#include "storage/local/group.h"

#include <algorithm>
#include <tuple>

#include "storage/block_header.h"

namespace millrace::storage {
namespace {

// A block takes no more appends when it has this size. Larger blocks are fewer rows; but a reader on disk
// reads a block for every call that ends in its middle.
constexpr std::size_t kFullBlockBytes = 256 << 10;
// An append of this size is a block of its own, and not copied.
constexpr std::size_t kOwnBlockBytes = 32 << 10;

}  // namespace

Group::Group(Database& database, Shards& shards, rocksdb::WriteBatch& batch, Time now)
    : shards_(shards), batch_(batch), families_(database.access().families()), now_(now), rows_(database) {
  batch_.Clear();
}

Result<Shard*> Group::touch(ShardId id) {
  if (const auto at = touched_.find(id); at != touched_.end()) return at->second.shard.get();
  std::shared_ptr<Shard> shard = shards_.known(id);
  if (!shard) {
    if (shards_.removed(id.stream)) return Error{Errc::not_found, "the stream was dropped"};
    auto loaded = shards_.get_or_create(id);
    if (!loaded) return loaded.error();
    shard = std::move(*loaded);
  }
  const Time arrival = shard->staged.arrival;
  return touched_.try_emplace(id, Touched{std::move(shard), arrival, false, {}, {}})
      .first->second.shard.get();
}

Run Group::append(Shard& shard, RecordBatch batch, std::uint64_t sum) {
  Touched& touched = touched_.at(shard.id);
  const Run at{shard.staged.next, batch.count(), std::max(now_, shard.staged.arrival)};
  const std::size_t bytes = batch.bytes().size() - kBlockHeaderBytes;
  auto& building = touched.building;
  const bool full = building.empty() || bytes >= kOwnBlockBytes ||
                    building.back().parts.front().bytes.size() >= kOwnBlockBytes ||
                    building.back().bytes + bytes > kFullBlockBytes;
  if (full) building.emplace_back().first = at.first;
  Building& block = building.back();
  block.count += batch.count();
  block.bytes += bytes;
  appended_bytes_ += bytes;
  appended_records_ += batch.count();
  shard.staged.next = at.first + batch.count();
  shard.staged.arrival = at.arrival;
  block.parts.push_back({std::move(batch.bytes()), sum});
  return at;
}

void Group::move(ShardId shard, Block block, std::uint64_t sum) {
  frame_blocks_.push_back({shard, block.bytes, sum});
  moved_.push_back(std::move(block));
}

void Group::write_row(Shard& shard) { touched_.at(shard.id).row = true; }

void Group::drop(std::uint64_t stream) {
  dropped_ = stream;
  const std::string prefix = stream_prefix(stream), end = behind(prefix);
  batch_.DeleteRange(families_.log, prefix, end);
  batch_.DeleteRange(families_.times, prefix, end);
  batch_.DeleteRange(families_.meta, 'S' + prefix, 'S' + end);
  batch_.DeleteRange(families_.meta, 'R' + prefix, 'R' + end);
  batch_.Put(families_.meta, drop_key(stream), {});
}

void Group::seal() {
  // In the order of the rows, so that each finds its place in the database near the one before.
  std::vector<Touched*> in_order;
  in_order.reserve(touched_.size());
  for (auto& [id, touched] : touched_) in_order.push_back(&touched);
  std::sort(in_order.begin(), in_order.end(), [](const Touched* a, const Touched* b) {
    return std::tie(a->shard->id.stream, a->shard->id.shard) <
           std::tie(b->shard->id.stream, b->shard->id.shard);
  });
  frame_blocks_.reserve(in_order.size());
  for (Touched* touched : in_order) seal(*touched);
}

void Group::seal(Touched& touched) {
  const Shard& shard = *touched.shard;
  for (Building& b : touched.building) touched.blocks.push_back(seal(shard, b));
  if (!touched.building.empty() && (touched.previous_arrival == Time::min() ||
                                    second_of(touched.previous_arrival) != second_of(shard.staged.arrival))) {
    batch_.Put(families_.times, time_key(shard.id, second_of(shard.staged.arrival)),
               index_value(touched.building.front().first));
  }
  if (touched.row) batch_.Put(families_.meta, shard_key(shard.id), shard_row(shard.staged));
  touched.building.clear();
}

Block Group::seal(const Shard& shard, Building& building) {
  Part& part = building.parts.front();
  Bytes bytes = std::move(part.bytes);
  std::uint64_t sum = part.sum;
  if (building.parts.size() > 1) {
    bytes.reserve(building.bytes);
    for (std::size_t i = 1; i < building.parts.size(); ++i) {
      const Bytes& more = building.parts[i].bytes;
      bytes.insert(bytes.end(), more.begin() + kBlockHeaderBytes, more.end());
    }
    sum = checksum({bytes.data() + kBlockHeaderBytes, bytes.size() - kBlockHeaderBytes});
  }
  write_block_header(bytes.data(), building.count, building.first, shard.staged.arrival);
  if (bytes.capacity() > bytes.size() + bytes.size() / 4) bytes.shrink_to_fit();  // it is going to be cached
  auto owner = std::make_shared<const Bytes>(std::move(bytes));
  const std::string_view all(owner->data(), owner->size());
  frame_blocks_.push_back({shard.id, all, block_checksum(all, sum)});
  return {all, std::move(owner)};
}

void Group::publish(TailCache& cache) {
  std::vector<std::pair<std::shared_ptr<Waiter>, bool>> woken;
  for (auto& [id, touched] : touched_) {
    Shard& shard = *touched.shard;
    const std::lock_guard lock(shard.mutex);
    shard.state = shard.staged;
    for (const Block& block : touched.blocks) cache.push(touched.shard, block);
    cache.trim(shard, shard.state.trim);
    std::erase_if(shard.waiters, [&](const std::shared_ptr<Waiter>& w) {
      const bool there = w->from() < shard.state.next;
      if (there || shard.state.closed) woken.emplace_back(w, there);
      return there || shard.state.closed;
    });
  }
  if (dropped_) {
    for (const auto& shard : shards_.remove(*dropped_)) {
      const std::lock_guard lock(shard->mutex);
      shard->state.closed = shard->staged.closed = true;
      shard->state.trim = shard->staged.trim = shard->state.next;
      cache.trim(*shard, shard->state.next);
      for (auto& w : shard->waiters) woken.emplace_back(std::move(w), false);
      shard->waiters.clear();
    }
  }
  cache.evict();
  for (const auto& [waiter, there] : woken) waiter->finish(there);
}

void Group::take_back() {
  for (auto& [id, touched] : touched_) {
    const std::lock_guard lock(touched.shard->mutex);
    touched.shard->staged = touched.shard->state;
  }
}

}  // namespace millrace::storage
