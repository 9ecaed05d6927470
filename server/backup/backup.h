// Backups of the data directory: made by the running server, restored by a command.
//
// A backup is a directory like the one it is of, with a file BACKUP that is written last:
//
//   VERSION, log/, objects/, keys/ and tls/ (if they are in the data directory), functions/archives/, BACKUP
#pragma once

#include <filesystem>
#include <string>

#include "storage/files/store.h"
#include "storage/rocksdb/store.h"

namespace millrace {

// Copies everything to `to`, an absolute path that must not exist; what is being made is at `to`.partial.
// Answers what was copied. Throws std::runtime_error, which says what to do.
storage::Copied make_backup(const std::filesystem::path& data_dir, storage::RocksStore& store,
                            storage::FileStore& files, const std::filesystem::path& to);

// `millrace backup`: has the server on `data_dir` make one. Prints what was copied. Throws
// std::runtime_error.
int order_backup(const std::filesystem::path& data_dir, const std::filesystem::path& to);
// What the server does with the line that `order_backup` sends.
std::string answer_backup(const std::string& line, const std::filesystem::path& data_dir,
                          storage::RocksStore& store, storage::FileStore& files);

// `millrace restore`: makes a data directory of a backup; `data_dir` must not exist or be empty. Throws
// std::runtime_error.
int restore_backup(const std::filesystem::path& from, const std::filesystem::path& data_dir);

}  // namespace millrace
