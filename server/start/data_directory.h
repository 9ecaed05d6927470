// The directory in which everything is kept, held by one server at a time.
#pragma once

#include <filesystem>

namespace millrace {

class DataDirectory {
 public:
  // Makes the directory if it is not there and locks it; writes VERSION if that is missing or empty, and
  // restricts what is in the directory to its owner. Logs a warning when others may write to the directory
  // itself. Throws std::runtime_error when it cannot be made, read or written, when another server holds it,
  // when its data have a format that this release does not know, or when a server has run on it and its log
  // is gone, which only `accept_data_loss` allows.
  explicit DataDirectory(const std::filesystem::path& path, bool accept_data_loss = false);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;

  // Absolute.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Whether the log was gone: what other files belong to is unknown.
  [[nodiscard]] bool lost_log() const { return lost_log_; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
  bool lost_log_ = false;
};

}  // namespace millrace
