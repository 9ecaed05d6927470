#include "server/mappings/mapping_runner.h"

#include "server/exception_text.h"
#include "server/log.h"

namespace millrace::functions {

namespace asio = boost::asio;

namespace {

// Keeps the readers while they run.
asio::awaitable<void> run_to_end(std::shared_ptr<MappingReaders> readers) { co_await readers->run(); }

}  // namespace

void MappingRunner::start(MappingShared shared) {
  duties_moved_ = shared.duties.on_change([this] {
    const std::lock_guard lock(mutex_);
    for (const auto& [uuid, readers] : running_) readers->changed();
  });
  const std::lock_guard lock(mutex_);
  shared_.emplace(shared);
  for (const lambda::MappingPtr& mapping : shared_->mappings.all()) run(mapping);
}

void MappingRunner::changed(const std::string& uuid) {
  const std::lock_guard lock(mutex_);
  if (!shared_) return;
  const lambda::MappingPtr mapping = shared_->mappings.find(uuid);
  if (const auto it = running_.find(uuid); it != running_.end())
    it->second->changed();
  else if (mapping && !stopping_)
    run(mapping);
}

// With the mutex held.
void MappingRunner::run(const lambda::MappingPtr& mapping) {
  asio::io_context& context = threads_.next();
  const auto readers = std::make_shared<MappingReaders>(context, *shared_, mapping);
  running_[mapping->uuid] = readers;
  asio::co_spawn(context, run_to_end(readers),
                 [this, uuid = mapping->uuid](const std::exception_ptr& failure) {
                   if (failure)
                     log::error("mapping_failed", {{"mapping", uuid}, {"reason", text_of(failure)}});
                   const std::lock_guard ended(mutex_);
                   running_.erase(uuid);
                   ended_.notify_all();
                 });
}

void MappingRunner::stop() {
  duties_moved_ = {};
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (const auto& [uuid, readers] : running_) readers->stop();
}

bool MappingRunner::join(std::chrono::steady_clock::duration patience) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, patience, [this] { return running_.empty(); });
}

void MappingRunner::refresh_gauges() {
  const std::lock_guard lock(mutex_);
  if (!shared_) return;
  for (const auto& [uuid, readers] : running_) readers->refresh_gauge();
  shared_->probes
      .gauge("millrace_lambda_checkpoints_set_aside",
             "Checkpoints of event source mappings that could not be decoded; millrace doctor lists them")
      .set(static_cast<double>(shared_->mappings.set_aside().size()));
}

}  // namespace millrace::functions
