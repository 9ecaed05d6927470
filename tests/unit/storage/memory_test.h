// A test with an engine in memory.
#pragma once

#include "storage/memory/store.h"
#include "tests/unit/storage/engine_test.h"

namespace millrace::storage {

class MemoryTest : public EngineTest {
 protected:
  explicit MemoryTest(bool sparse = false) : store({.clock = &clock, .sparse = sparse}) {}
  Store& engine() override { return store; }

  MemoryStore store;
};

}  // namespace millrace::storage
