// Objects that cannot be read as they were put: the disk gave back something else than was written.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace millrace::storage {

struct DamagedObject {
  std::string account, bucket, key;
  std::string file;    // as the directory of objects has it
  std::string detail;  // what is damaged, and where
};

// What is known to be damaged; of this process alone, since whoever reads such an object meets it again.
// Safe from any thread.
class DamagedObjects {
 public:
  using Listener = std::function<void(const DamagedObject&)>;

  // Notes the object, unless its file is known. Beyond kMost objects nothing more is noted.
  void add(DamagedObject object);
  // Has each object told, once, on the thread that notes it.
  void listen(Listener listener);
  [[nodiscard]] std::vector<DamagedObject> all() const;
  // The file is gone.
  void forget(const std::string& file);

  static constexpr std::size_t kMost = 10'000;

 private:
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Listener listener_;
  std::map<std::string, DamagedObject> objects_;  // by file
};

}  // namespace millrace::storage
