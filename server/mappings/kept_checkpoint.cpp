#include "server/mappings/kept_checkpoint.h"

#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;

namespace {

constexpr unsigned kMaxFailures = 3;

}  // namespace

asio::awaitable<KeptCheckpoints::Answer> KeptCheckpoints::read(std::string uuid, lambda::SourceShard shard) {
  const std::uint32_t number = shard.id.shard;
  std::string failure;
  try {
    Answer out{true, co_await shared_.mappings.checkpoint(uuid, number)};
    failures_.erase(number);
    co_return out;
  } catch (const lambda::CheckpointUnreadable& e) {
    ++failures_[number];
    failure = e.what();
  } catch (const std::exception& e) {
    failure = e.what();
  }
  log::error("checkpoint_unreadable", {{"mapping", uuid}, {"shard", shard.name}, {"reason", failure}});
  const auto failures = failures_.find(number);
  if (failures == failures_.end() || failures->second < kMaxFailures) co_return Answer{};
  try {
    co_await shared_.mappings.set_aside(uuid, number, failure);
  } catch (const std::exception& e) {
    log::error("checkpoint_not_set_aside", {{"mapping", uuid}, {"shard", shard.name}, {"reason", e.what()}});
    co_return Answer{};
  }
  failures_.erase(failures);
  log::error("checkpoint_set_aside", {{"mapping", uuid}, {"shard", shard.name}, {"reason", failure}});
  co_return Answer{true, std::nullopt};
}

}  // namespace millrace::functions
