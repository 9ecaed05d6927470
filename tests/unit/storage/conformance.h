// What every engine promises: the tests run against the embedded engine and the one in memory. What only the
// embedded engine promises is tested in local/.
#pragma once

#include <unistd.h>

#include <filesystem>

#include "storage/local/store.h"
#include "storage/memory/store.h"
#include "tests/unit/storage/engine_test.h"

namespace millrace::storage {

enum class Engine {
  local,          // blocks are read from the tail cache
  local_on_disk,  // and from the segments
  memory,
  memory_sparse,
};

class Conformance : public EngineTest, public testing::WithParamInterface<Engine> {
 protected:
  Conformance() {
    static std::atomic<int> number = 0;
    dir_ = std::filesystem::temp_directory_path() /
           ("millrace-conformance-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::remove_all(dir_);
  }
  ~Conformance() override {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  void SetUp() override { open(); }

  Store& engine() override { return *store_; }
  Catalog& catalog() { return store_->catalog(); }

  // Closes the engine and opens it again. Does nothing to an engine that keeps nothing.
  void reopen() {
    if (GetParam() == Engine::memory || GetParam() == Engine::memory_sparse) return;
    store_.reset();
    open();
  }

 private:
  void open() {
    if (GetParam() == Engine::memory || GetParam() == Engine::memory_sparse) {
      store_ = std::make_unique<MemoryStore>(
          MemoryOptions{.clock = &clock, .sparse = GetParam() == Engine::memory_sparse});
      return;
    }
    RocksOptions options;
    options.dir = dir_;
    options.durability = Durability::os;
    options.clock = &clock;
    options.segment_bytes = 1 << 20;
    options.reclaim_delay = std::chrono::milliseconds(50);
    if (GetParam() == Engine::local_on_disk) options.tail_cache_bytes = 0;
    auto opened = LocalStore::open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }

  std::filesystem::path dir_;
  std::unique_ptr<Store> store_;
};

inline std::string name_of(const testing::TestParamInfo<Engine>& info) {
  constexpr const char* kNames[] = {"Local", "LocalOnDisk", "Memory", "MemorySparse"};
  return kNames[static_cast<std::size_t>(info.param)];
}

}  // namespace millrace::storage
