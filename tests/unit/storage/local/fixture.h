// What the tests of the embedded engine share: a store in a directory of its own, driven from plain
// functions.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

#include "storage/local/store.h"
#include "tests/unit/eventually.h"
#include "tests/unit/storage/engine_test.h"

namespace millrace::storage {

class StoreTest : public EngineTest {
 protected:
  StoreTest() {
    static std::atomic<int> number = 0;
    options.dir = std::filesystem::temp_directory_path() /
                  ("millrace-test-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::remove_all(options.dir);
    options.durability = Durability::os;
    options.clock = &clock;
    options.segment_bytes = 1 << 20;
    options.retry_delay = std::chrono::milliseconds(20);
    options.reclaim_delay = std::chrono::milliseconds(50);
  }
  ~StoreTest() override {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(options.dir, ignored);
  }

  void open() {
    auto opened = LocalStore::open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = std::move(*opened);
  }
  void reopen() {
    store.reset();
    open();
  }
  Store& engine() override { return *store; }

  std::uint64_t bytes_in_directory() const {
    std::uint64_t bytes = 0;
    std::error_code gone;
    for (const auto& file : std::filesystem::recursive_directory_iterator(options.dir)) {
      const auto size = file.is_regular_file(gone) ? file.file_size(gone) : 0;
      if (!gone) bytes += size;
    }
    return bytes;
  }

  RocksOptions options;
  std::unique_ptr<LocalStore> store;
};

}  // namespace millrace::storage
