// The event source mappings: rows of the catalog, and all of them in memory.
//   l/m/<uuid>               a mapping
//   l/c/<uuid>/<10 digits>   a checkpoint: how far it has read a shard (by the shard's number)
//   l/y/<uuid>/<10 digits>   a checkpoint that could not be decoded, as it was; kept until the mapping goes
// What is in the rows: mapping.cpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/core/service.h"
#include "api/core/table.h"
#include "api/lambda/mappings/mapping.h"

namespace millrace::lambda {

// What a mapping's readers say of themselves. Not kept over a restart.
struct MappingProgress {
  std::string state = "Creating";
  std::string result = "No records processed";
};

// A checkpoint that could not be decoded: the shard is read from where its mapping begins.
struct SetAsideCheckpoint {
  std::string uuid;
  std::uint32_t shard = 0;
  std::string reason;
};

// Thrown for a checkpoint that cannot be decoded.
struct CheckpointUnreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Owned by the application, outlives every user. Safe from any thread. Reads never wait for the disk.
class Mappings {
 public:
  using ShardCheckpoints = std::vector<std::pair<std::uint32_t, Checkpoint>>;

  // Loads all. Throws StorageFailure.
  explicit Mappings(storage::Catalog& catalog);

  // Rows that this start could not decode.
  [[nodiscard]] const std::vector<UnreadableRow>& unreadable() const { return unreadable_; }

  // nullptr when there is none.
  [[nodiscard]] MappingPtr find(const std::string& uuid) const;
  // All of an account and region by UUID, from behind `after`.
  [[nodiscard]] std::vector<MappingPtr> list(const std::string& account, const std::string& region,
                                             const std::string& after) const;
  [[nodiscard]] std::vector<MappingPtr> all() const;

  // Keeps a new mapping and where it starts to read; completes when both are on disk. Throws mapping_exists
  // when another one has the same source and function.
  [[nodiscard]] asio::awaitable<void> create(Mapping mapping, ShardCheckpoints start);
  // Changes a mapping; completes when that is on disk, with what it is now. Throws mapping_not_found,
  // mapping_in_use while another request changes it or when it is being deleted.
  [[nodiscard]] asio::awaitable<MappingPtr> update(std::string uuid, std::function<void(Mapping&)> change);
  // Removes a mapping and its checkpoints. For its readers' owner, once no reader is left.
  [[nodiscard]] asio::awaitable<void> remove(std::string uuid);

  [[nodiscard]] MappingProgress progress(const std::string& uuid) const;
  void set_state(const std::string& uuid, std::string state);
  void set_result(const std::string& uuid, std::string result);

  // Throws StorageFailure, CheckpointUnreadable.
  [[nodiscard]] asio::awaitable<std::optional<Checkpoint>> checkpoint(std::string uuid,
                                                                      std::uint32_t shard) const;
  // Completes when it is written, not synced: a power loss may undo it, and then records come again.
  [[nodiscard]] asio::awaitable<storage::Result<void>> keep(std::string uuid, std::uint32_t shard,
                                                            Checkpoint checkpoint);
  // Keeps the row of a checkpoint elsewhere, for `reason`; from then on there is none. Completes when that is
  // on disk. Throws StorageFailure.
  [[nodiscard]] asio::awaitable<void> set_aside(std::string uuid, std::uint32_t shard, std::string reason);
  [[nodiscard]] std::vector<SetAsideCheckpoint> set_aside() const;

 private:
  class Creation;

  void changed(const std::string& uuid, const MappingPtr& before, const MappingPtr& after);

  storage::Catalog& catalog_;
  std::vector<UnreadableRow> unreadable_;
  mutable std::shared_mutex mutex_;  // guards all below
  std::map<std::string, MappingProgress> progress_;
  std::map<std::pair<std::string, std::uint32_t>, std::string> set_aside_;  // reasons, by UUID and shard
  std::set<std::string> creating_;  // "source function" of mappings on their way to the disk
  Table<Mapping> mappings_;         // by UUID
};

}  // namespace millrace::lambda
