// The directory in which everything is kept, held by one server at a time.
#pragma once

#include <filesystem>

namespace millrace {

class DataDirectory {
 public:
  // Makes the directory if it is not there and locks it. Throws std::runtime_error when it cannot be made or
  // written, when another server holds it, or when it was written by a version that this one does not know.
  explicit DataDirectory(const std::filesystem::path& path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;

  // Absolute.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace millrace
