// The files that hold the bytes of objects and parts. A file is written once, under a new random name, and
// never changed:
//
//   DIR/incoming/<id>        written, perhaps not yet referred to by a row
//   DIR/<2 digits>/<id>      in its place; the digits are the first two of the id
//
// A crash can leave files that nothing refers to in DIR/incoming alone, so that finding them costs what was
// in flight and not what is stored. All calls block; they are made on the engine's threads.
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/copying.h"
#include "storage/objects.h"

namespace millrace::storage::files {

class BlobDirectory {
 public:
  // `fsync`: whether what write() made survives a power loss.
  BlobDirectory(std::filesystem::path dir, bool fsync) : dir_(std::move(dir)), fsync_(fsync) {}

  // Makes the directory, if it is not there. Errors: io, read_only (disk full).
  [[nodiscard]] Result<void> make();

  // Writes a new file in DIR/incoming and returns its name. Nothing is left of it on an error: read_only
  // (disk full or broken), io.
  [[nodiscard]] Result<std::string> write(std::string_view bytes) const;
  // The same with a piece of an open file, or with other files one behind the other.
  [[nodiscard]] Result<std::string> write(const FileRange& piece) const;
  struct Whole {
    std::string file;
    std::uint64_t size;
  };
  [[nodiscard]] Result<std::string> join(std::span<const Whole> files) const;

  // Moves it from DIR/incoming to its place. Errors: not_found, io.
  [[nodiscard]] Result<void> place(std::string_view file) const;
  // Wherever it is. Errors: not_found, io.
  [[nodiscard]] Result<Descriptor> open(std::string_view file) const;
  // Wherever it is; one that is not there is no error. While a Hold lives, it goes later.
  void remove(std::string_view file) const;
  class Hold {
   public:
    explicit Hold(const BlobDirectory& directory);
    ~Hold();
    Hold(const Hold&) = delete;

   private:
    const BlobDirectory& directory_;
  };
  // Copies all files to `to`, which is new. Errors as copy_directory.
  [[nodiscard]] Result<Copied> copy(const std::filesystem::path& to) const;

  // Calls `visit` with the name of each file in DIR/incoming. Errors: io.
  [[nodiscard]] Result<void> for_each_incoming(const std::function<void(const std::string&)>& visit) const;

 private:
  template <class Fill>
  Result<std::string> write_new(Fill fill) const;
  [[nodiscard]] std::string incoming(std::string_view file) const;
  [[nodiscard]] std::string place_of(std::string_view file) const;

  void unlink(std::string_view file) const;

  const std::filesystem::path dir_;
  const bool fsync_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  mutable unsigned holds_ = 0;
  mutable std::vector<std::string> held_;  // removed while a Hold lives
  Descriptor incoming_;                    // of the directory, to sync it
};

// The bytes [offset, offset + size). Errors: io, also if the file is shorter.
[[nodiscard]] Result<std::string> read_range(int descriptor, std::uint64_t offset, std::size_t size);

}  // namespace millrace::storage::files
