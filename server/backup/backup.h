// Backups of the data directory: made by the running server, restored by a command.
//
// A backup is a directory like the one it is of, with a file BACKUP that is written last:
//
//   VERSION, log/, objects/, keys/ and tls/ (if they are in the data directory), functions/archives/, BACKUP
#pragma once

#include <filesystem>
#include <mutex>
#include <stop_token>
#include <string>

#include "storage/files/store.h"
#include "storage/store.h"

namespace millrace {

// The backups that a running server makes, one at a time. Safe from any thread.
class Backups {
 public:
  Backups(std::filesystem::path data_dir, storage::Store& store, storage::FileStore& files)
      : data_dir_(std::move(data_dir)), store_(store), files_(files) {}

  // What the server does with the line that `order_backup` sends. Blocks; never throws.
  [[nodiscard]] std::string answer(const std::string& line);
  // Ends the one under way and those that are still asked for, within a file's piece; what was copied is
  // removed. They answer that the server stops.
  void cancel() { stop_.request_stop(); }

 private:
  // Copies everything to `to`, an absolute path that must not exist; what is being made is at `to`.partial.
  // Answers what was copied. Throws std::runtime_error, which says what to do.
  storage::Copied make(const std::filesystem::path& to);

  const std::filesystem::path data_dir_;
  storage::Store& store_;
  storage::FileStore& files_;
  std::stop_source stop_;
  std::mutex one_;
};

// `millrace backup`: has the server on `data_dir` make one. Prints what was copied. Throws
// std::runtime_error.
int order_backup(const std::filesystem::path& data_dir, const std::filesystem::path& to);

// `millrace restore`: makes a data directory of a backup; `data_dir` must not exist or be empty. Throws
// std::runtime_error.
int restore_backup(const std::filesystem::path& from, const std::filesystem::path& data_dir);

}  // namespace millrace
