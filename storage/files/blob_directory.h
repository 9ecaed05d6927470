// The files that hold the bytes of objects and parts. A file is written once, under a new random name, and
// never changed:
//
//   DIR/incoming/<id>        written, perhaps not yet referred to by a row
//   DIR/<2 digits>/<id>      in its place; the digits are the first two of the id
//
// Behind the bytes stand their checksums (storage/file_sums.h).
//
// A crash can leave files that nothing refers to in DIR/incoming alone, so that finding them costs what was
// in flight and not what is stored. All calls block; they are made on the engine's threads.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/copying.h"
#include "storage/file_sums.h"

namespace millrace::storage::files {

class BlobDirectory {
 public:
  // `fsync`: whether what write() made survives a power loss.
  BlobDirectory(std::filesystem::path dir, bool fsync) : dir_(std::move(dir)), fsync_(fsync) {}

  // Makes the directory, if it is not there. Errors: io, read_only (disk full).
  [[nodiscard]] Result<void> make();

  // A file in DIR/incoming that is being written.
  struct NewFile {
    std::string name;
    Descriptor descriptor;
  };
  // Errors of these: read_only (disk full or broken), io. After one the file is removed by its name.
  [[nodiscard]] Result<NewFile> create() const;
  [[nodiscard]] static Result<void> append(const NewFile& file, std::string_view bytes);
  // Puts the checksums behind its bytes.
  [[nodiscard]] static Result<void> append(const NewFile& file, const FileSums& sums);
  // Makes it survive a power loss.
  [[nodiscard]] Result<void> finish(const NewFile& file) const;

  // Writes a new file in DIR/incoming and returns its name. Nothing is left of it on an error: read_only
  // (disk full or broken), io.
  [[nodiscard]] Result<std::string> write(std::string_view bytes) const;
  // The same with a piece of an open file, which is checked, or with other files one behind the other, whose
  // checksums are taken over. Errors: corrupt too.
  [[nodiscard]] Result<std::string> write(const FileRange& piece) const;
  struct Whole {
    std::string file;
    std::uint64_t size;
  };
  [[nodiscard]] Result<std::string> join(std::span<const Whole> files) const;

  // Moves it from DIR/incoming to its place. Errors: not_found, io.
  [[nodiscard]] Result<void> place(std::string_view file) const;
  // Wherever it is; of `size` bytes, which are checked as they are read. `damaged` is called when they turn
  // out to be something else. Errors: not_found, io, corrupt.
  using Damaged = std::function<void(const std::string& detail)>;
  [[nodiscard]] Result<Descriptor> open(std::string_view file, std::uint64_t size,
                                        const Damaged& damaged) const;
  // Wherever it is; one that is not there is no error. While a RemovalPause lives, it goes later.
  void remove(std::string_view file) const;
  class RemovalPause {
   public:
    explicit RemovalPause(const BlobDirectory& directory);
    ~RemovalPause();
    RemovalPause(const RemovalPause&) = delete;

   private:
    const BlobDirectory& directory_;
  };
  // Copies all files to `to`, which is new. Errors as copy_directory.
  [[nodiscard]] Result<Copied> copy(const std::filesystem::path& to, const std::stop_token& stop) const;

  // Calls `visit` with the name of each file in DIR/incoming. Errors: io.
  [[nodiscard]] Result<void> for_each_incoming(const std::function<void(const std::string&)>& visit) const;

 private:
  template <class Fill>
  Result<std::string> write_new(Fill fill) const;
  [[nodiscard]] std::string incoming(std::string_view file) const;
  [[nodiscard]] std::string place_of(std::string_view file) const;

  void unlink(std::string_view file) const;
  [[nodiscard]] Result<int> open_only(std::string_view file) const;
  [[nodiscard]] Result<std::shared_ptr<const FileSums>> sums(std::string_view file, int descriptor,
                                                             std::uint64_t size,
                                                             const Damaged& damaged) const;

  const std::filesystem::path dir_;
  const bool fsync_;
  mutable std::array<std::atomic<bool>, 256> ready_{};  // whether DIR/<2 digits> is there and synced
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  mutable unsigned holds_ = 0;
  mutable std::vector<std::string> held_;  // removed while a RemovalPause lives
  Descriptor incoming_;                    // of the directory, to sync it
  // Of files that were opened lately, so that what was checked is known.
  mutable std::map<std::string, std::shared_ptr<const FileSums>, std::less<>> sums_;
  mutable std::deque<std::string> loaded_;  // in the order of sums_' coming
};

}  // namespace millrace::storage::files
