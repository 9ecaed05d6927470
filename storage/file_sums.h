// Checksums of the file of an object or part, by which a reader tells what was written from what a disk gave
// back instead. They stand behind the bytes:
//
//   file  := bytes | entry * | "MILLSUM1"
//   entry := bytes of a window u32 | zero u32 | XXH3 of the window's bytes, 64 bits, u64
//
// Integers are little-endian. The windows follow one another without a gap; they are of kWindow bytes, but
// for the last of each piece that an object was put together of. How many bytes the object has its row says:
// a file that ends behind them was written by an earlier version, and has no sums.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/objects.h"

namespace millrace::storage {

class FileSums {
 public:
  static constexpr std::size_t kWindow = 1 << 20;

  struct Window {
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    std::uint64_t sum = 0;
  };

  // Of an open file whose bytes are `size`; nullptr when it has none. Errors: io, corrupt.
  [[nodiscard]] static Result<std::shared_ptr<FileSums>> load(int descriptor, std::uint64_t size);
  // What stands behind the bytes.
  [[nodiscard]] std::string table() const;

  // Adds the windows of more bytes, behind those before.
  void add(std::string_view bytes);
  // Adds those of another file, whose bytes come behind those before.
  void add(const FileSums& other);

  [[nodiscard]] std::uint64_t size() const { return windows_.empty() ? 0 : behind(windows_.back()); }

  // Called, once, when bytes turn out to be damaged, with what and where. Set before the sums are shared.
  void listen(std::function<void(const std::string& detail)> listener) { listener_ = std::move(listener); }

  // Safe from any thread from here on.

  // Whether all windows that hold some of the bytes were checked. Who relies on that makes sure that the
  // bytes did not leave the page cache since.
  [[nodiscard]] bool checked(std::uint64_t offset, std::uint64_t size) const;
  // Reads all windows that hold some of the bytes, and compares them. Blocks. Errors: corrupt, io.
  [[nodiscard]] Result<void> check(int descriptor, std::uint64_t offset, std::uint64_t size) const;
  // Reads the bytes, with all of their windows, and compares those. Blocks. Errors: corrupt, io.
  [[nodiscard]] Result<std::string> read(int descriptor, std::uint64_t offset, std::uint64_t size) const;

 private:
  static std::uint64_t behind(const Window& window) { return window.offset + window.size; }
  void push(std::uint32_t size, std::uint64_t sum);
  // The number of the window that holds the byte; that of windows where none does.
  [[nodiscard]] std::size_t window_of(std::uint64_t offset) const;
  // The bytes of a window, checked.
  [[nodiscard]] Result<std::string> window(int descriptor, std::size_t number) const;

  std::vector<Window> windows_;
  std::unique_ptr<std::atomic<bool>[]> checked_;  // by window; of loaded sums alone
  std::function<void(const std::string&)> listener_;
  mutable std::atomic<bool> told_ = false;
};

// A descriptor whose file is closed with its last holder, and checked by the sums, if there are any.
[[nodiscard]] Descriptor own_descriptor(int descriptor, std::shared_ptr<const FileSums> sums = nullptr);
// The sums of the file of an object that is held open; nullptr: nothing checks it.
[[nodiscard]] const FileSums* sums_of(const Descriptor& descriptor);

// The bytes [offset, offset + size), as they are. Errors: io, also if the file is shorter.
[[nodiscard]] Result<std::string> read_range(int descriptor, std::uint64_t offset, std::size_t size);

}  // namespace millrace::storage
