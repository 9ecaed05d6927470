#include "storage/local/index/loss_rows.h"

#include "storage/base/bytes.h"
#include "storage/local/commit_and_wait.h"
#include "storage/local/index/blocks.h"
#include "storage/local/pending_writes.h"

namespace millrace::storage {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kFixedBytes = 10;

std::string row_of(const Loss& loss) {
  std::string row(1, kVersion);
  row += static_cast<char>(loss.cause);
  put(row, loss.next.value);
  return row.append(loss.detail);
}

std::optional<Loss> parse(std::string_view key, std::string_view row) {
  if (key.size() != 1 + kLogKeyBytes || row.size() < kFixedBytes || row[0] != kVersion ||
      row[1] > static_cast<char>(Loss::Cause::seal))
    return {};
  return Loss{shard_of(key, 1),
              {get_u64(key, 1 + kShardPrefixBytes)},
              {get<std::uint64_t>(row, 2)},
              static_cast<Loss::Cause>(row[1]),
              std::string(row.substr(kFixedBytes))};
}

}  // namespace

// Where the keys of a record come from the log does not know.
bool LossRows::can_be_read(const Loss& loss) const {
  if (loss.cause == Loss::Cause::seal) return false;
  for (const Index index : {loss.first, Index{loss.next.value - 1}}) {
    const auto place = look_up_block(database_, loss.shard, index);
    if (!place || !place->block) return false;
  }
  return true;
}

void LossRows::load() {
  Rows found;
  {
    const Database::Access db = database_.access();
    if (!db) return;
    const std::unique_ptr<rocksdb::Iterator> it(db->NewIterator({}, db.families().meta));
    for (it->Seek("L"); it->Valid() && it->key()[0] == 'L'; it->Next())
      found.emplace(it->key().ToString(), it->value().ToString());
  }
  for (const auto& [key, row] : found)
    if (const auto loss = parse(key, row); loss && loss->first < loss->next && !can_be_read(*loss))
      losses_.restore(*loss);
  const std::lock_guard lock(mutex_);
  kept_ = std::move(found);
}

void LossRows::keep(Committer& committer) {
  const std::lock_guard lock(mutex_);
  Rows wanted;
  for (const Loss& loss : losses_.all()) wanted.emplace(loss_key(loss.shard, loss.first), row_of(loss));
  if (wanted == kept_) return;
  const auto write = [&](rocksdb::WriteBatch& batch, const Database::Families& families) {
    for (const auto& [key, row] : kept_)
      if (!wanted.contains(key)) batch.Delete(families.meta, key);
    for (const auto& [key, row] : wanted)
      if (const auto known = kept_.find(key); known == kept_.end() || known->second != row)
        batch.Put(families.meta, key, row);
  };
  const bool written = commit_and_wait(committer, [&](auto done) {
    return std::make_unique<Housekeeping>(write, Sync::durable, std::move(done));
  });
  if (written) kept_ = std::move(wanted);
}

}  // namespace millrace::storage
