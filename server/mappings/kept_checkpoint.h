// How far an event source mapping has read a shard, as it is kept. A row that cannot be decoded does not hold
// up its shard for ever.
#pragma once

#include "server/mappings/mapping_shared.h"

namespace millrace::functions {

// Lives on the io_context of its mapping's readers.
class KeptCheckpoints {
 public:
  struct Answer {
    bool readable = false;  // false: not now
    std::optional<lambda::Checkpoint> checkpoint;
  };

  explicit KeptCheckpoints(MappingShared& shared) : shared_(shared) {}

  // Logs what fails. A row that failed to decode three times is set aside: nothing is kept then, and the
  // shard is read from where its mapping begins, which repeats records and loses none.
  [[nodiscard]] boost::asio::awaitable<Answer> read(std::string uuid, lambda::SourceShard shard);

 private:
  MappingShared& shared_;
  std::map<std::uint32_t, unsigned> failures_;  // to decode, by shard number
};

}  // namespace millrace::functions
