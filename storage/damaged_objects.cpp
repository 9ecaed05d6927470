#include "storage/damaged_objects.h"

namespace millrace::storage {

void DamagedObjects::add(DamagedObject object) {
  const std::lock_guard lock(mutex_);
  if (objects_.size() >= kMost) return;
  const auto [at, is_new] = objects_.try_emplace(object.file, std::move(object));
  if (is_new && listener_) listener_(at->second);
}

void DamagedObjects::listen(Listener listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

std::vector<DamagedObject> DamagedObjects::all() const {
  std::vector<DamagedObject> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [file, object] : objects_) out.push_back(object);
  return out;
}

void DamagedObjects::forget(const std::string& file) {
  const std::lock_guard lock(mutex_);
  objects_.erase(file);
}

}  // namespace millrace::storage
