// The changes of one commit, put together.
#pragma once

#include <rocksdb/write_batch.h>

#include <boost/container/small_vector.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/local/staged_rows.h"
#include "storage/local/tail.h"

namespace millrace::storage {

// Lives for one commit, on the committer's thread. Staged first, then sealed into the batch, then, depending
// on how its write went, published or taken back.
class Group {
 public:
  Group(Database& database, Shards& shards, rocksdb::WriteBatch& batch, Time now);

  // The shard as the group will leave it; may read the database.
  [[nodiscard]] Result<Shard*> touch(ShardId id);

  // Gives the records indexes and a time. The shard is touched and not closed, the batch not empty; `sum` is
  // its records' checksum.
  [[nodiscard]] Run append(Shard& shard, RecordBatch batch, std::uint64_t sum);
  // Writes a block of the log once more, where it will be read from then on.
  void move(ShardId shard, Block block, std::uint64_t sum);
  // Has the shard's row written, with its staged state.
  void write_row(Shard& shard);
  // Ends the stream; the group holds nothing else.
  void drop(std::uint64_t stream);

  // The rows of the catalog. Their changes are added here and to the batch.
  [[nodiscard]] StagedRows& rows() { return rows_; }
  // For changes that are plain rows.
  [[nodiscard]] rocksdb::WriteBatch& batch() { return batch_; }
  [[nodiscard]] const Database::Families& families() const { return families_; }

  // Makes blocks of the records, and completes the batch.
  void seal();
  [[nodiscard]] const std::vector<FrameBlock>& blocks() const { return frame_blocks_; }
  // Makes the group visible and finishes the waits that it fulfils.
  void publish(TailCache& cache);
  void take_back();

  [[nodiscard]] std::uint64_t appended_bytes() const { return appended_bytes_; }
  [[nodiscard]] std::uint64_t appended_records() const { return appended_records_; }

 private:
  struct Part {
    Bytes bytes;  // with room for a block's header in front
    std::uint64_t sum;
  };
  // A block that is growing.
  struct Building {
    Index first;
    std::uint32_t count = 0;
    std::size_t bytes = kBlockHeaderBytes;
    boost::container::small_vector<Part, 1> parts;
  };
  struct Touched {
    std::shared_ptr<Shard> shard;
    Time previous_arrival;
    bool row = false;
    // Mostly one; a commit may touch thousands of shards.
    boost::container::small_vector<Building, 1> building;
    boost::container::small_vector<Block, 1> blocks;  // sealed
  };

  void seal(Touched& touched);
  [[nodiscard]] Block seal(const Shard& shard, Building& building);

  Shards& shards_;
  rocksdb::WriteBatch& batch_;
  const Database::Families families_;
  const Time now_;
  StagedRows rows_;
  std::unordered_map<ShardId, Touched, ShardIdHash> touched_;
  std::optional<std::uint64_t> dropped_;
  std::vector<FrameBlock> frame_blocks_;
  std::vector<Block> moved_;
  std::uint64_t appended_bytes_ = 0, appended_records_ = 0;
};

}  // namespace millrace::storage
