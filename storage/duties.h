// Which node does which background work. Work that must not run twice is divided into units, such as
// "retention" or the name of a mapping's shard; each unit belongs to one node at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "storage/watch.h"

namespace millrace::storage {

// Owned by the store; outlives every user. Can be called from any thread.
class Duties {
 public:
  virtual ~Duties() = default;

  // Whether `unit` belongs to this node. Never waits. Ask before each piece of work, because units move when
  // nodes come and go: true now does not mean true after the work.
  [[nodiscard]] virtual bool mine(std::string_view unit) const = 0;

  // Calls `f` after units moved to or from this node, until the watch ends. `f` must not wait.
  [[nodiscard]] virtual Watch on_change(std::function<void()> f) = 0;

  // The number of nodes that share the work, including this one. At least 1.
  [[nodiscard]] virtual std::size_t members() const = 0;
};

// The duties of the only node of a store.
class SoleDuties final : public Duties {
 public:
  [[nodiscard]] bool mine(std::string_view) const override { return true; }
  [[nodiscard]] Watch on_change(std::function<void()>) override { return {}; }
  [[nodiscard]] std::size_t members() const override { return 1; }
};

}  // namespace millrace::storage
